//! The page's words and tables as Markdown (GitHub's), for a pull request: made from the page itself, so that both say the
//! same.
//!
//! Not for foreign HTML: it knows the elements that the page uses and nothing else. Pictures and what only works on a page
//! (an element with `data-html`) are left out; each picture's numbers follow it in a table.

/// Elements whose content never becomes text.
const LEFT_OUT: [&str; 6] = ["svg", "form", "nav", "script", "style", "button"];

/// Markdown of the page's body.
pub(super) fn of(html: &str) -> String {
    let mut writer = Writer::default();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let (text, tagged) = rest.split_at(start);
        writer.text(text);
        let end = tagged.find('>').map_or(tagged.len(), |end| end + 1);
        let (tag, after) = tagged.split_at(end);
        rest = after;
        let inner = tag.trim_start_matches('<').trim_end_matches('>');
        let (is_end, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
        let name = inner.split([' ', '/']).next().unwrap_or_default();
        if is_end {
            writer.close(name);
        } else if !inner.ends_with('/') && (LEFT_OUT.contains(&name) || is_hidden(inner)) {
            rest = after_element(rest, name);
        } else {
            writer.open(name);
        }
    }
    writer.text(rest);
    writer.finish()
}

/// Whether a tag has `hidden` or `data-html` among its attributes; what stands in quotes is none.
fn is_hidden(tag: &str) -> bool {
    let names = tag.split('"').step_by(2).flat_map(|part| part.split(' '));
    names.into_iter().any(|name| name == "hidden" || name == "data-html")
}

/// What follows the end of an element that has just begun.
fn after_element<'t>(mut rest: &'t str, name: &str) -> &'t str {
    let mut depth = 1;
    while depth > 0 {
        let Some(start) = rest.find('<') else { return "" };
        let tagged = &rest[start + 1..];
        let end = tagged.find('>').unwrap_or(tagged.len());
        let inner = &tagged[..end];
        let (is_end, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
        if inner.split([' ', '/']).next() == Some(name) && !inner.ends_with('/') {
            depth = if is_end { depth - 1 } else { depth + 1 };
        }
        rest = tagged.get(end + 1..).unwrap_or_default();
    }
    rest
}

#[derive(Default)]
struct Writer {
    text: String,
    /// Inside `pre` or `code`, where nothing is escaped.
    verbatim: usize,
    /// Inside a table's cell, which is one line.
    in_cell: bool,
    /// Cells of the table's row so far, and whether the head has ended.
    cells: usize,
    in_summary: bool,
}

impl Writer {
    fn open(&mut self, name: &str) {
        match name {
            "h1" => self.block("# "),
            "h2" => self.block("## "),
            "h3" if self.in_summary => {}
            "h3" => self.block("### "),
            "p" | "div" | "figure" | "ul" | "dl" | "section" | "header" if !self.in_cell => self.block(""),
            "caption" | "figcaption" => self.block("**"),
            "table" => self.block(""),
            "li" | "dt" => self.line("- "),
            "dd" => self.text.push_str(": "),
            "b" => self.text.push_str("**"),
            "i" => self.text.push('_'),
            "code" if self.verbatim == 0 => {
                self.verbatim += 1;
                self.text.push('`');
            }
            "pre" => {
                self.block("```sh\n");
                self.verbatim += 1;
            }
            "tr" => {
                self.line("|");
                self.cells = 0;
            }
            "th" | "td" => {
                self.in_cell = true;
                self.cells += 1;
                self.text.push(' ');
            }
            "span" if self.in_cell && !self.text.ends_with("| ") => self.text.push_str("<br>"),
            "details" => self.block("<details>\n"),
            "summary" => {
                self.in_summary = true;
                self.text.push_str("<summary>");
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "b" => self.text.push_str("**"),
            "i" => self.text.push('_'),
            "caption" | "figcaption" => self.text.push_str("**\n\n"),
            "code" if self.verbatim == 1 => {
                self.verbatim = 0;
                self.text.push('`');
            }
            "pre" => {
                self.verbatim = 0;
                self.text.push_str("\n```\n\n");
            }
            "th" | "td" => {
                self.in_cell = false;
                self.text.push_str(" |");
            }
            "thead" => {
                let rule = "---|".repeat(self.cells);
                self.line("|");
                self.text.push_str(&rule);
            }
            "summary" => {
                self.in_summary = false;
                self.text.push_str("</summary>\n\n");
            }
            "details" => self.block("</details>\n\n"),
            "h1" | "h2" | "h3" if !self.in_summary => self.block(""),
            "p" | "ul" | "dl" | "table" if !self.in_cell => self.block(""),
            _ => {}
        }
    }

    /// Begins a block: an empty line before it.
    fn block(&mut self, begin: &str) {
        self.end_lines(2);
        self.text.push_str(begin);
    }

    /// Begins a line.
    fn line(&mut self, begin: &str) {
        self.end_lines(1);
        self.text.push_str(begin);
    }

    /// Ends with at least that many line breaks; nothing at the very beginning.
    fn end_lines(&mut self, breaks: usize) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        let found = self.text.len() - self.text.trim_end_matches('\n').len();
        if !self.text.is_empty() {
            self.text.push_str(&"\n".repeat(breaks.saturating_sub(found)));
        }
    }

    fn text(&mut self, text: &str) {
        if self.verbatim > 0 {
            self.text.push_str(&unescaped(text).replace(['`', '\n', '\r'], " "));
            return;
        }
        for character in text.chars() {
            match character {
                ' ' | '\n' | '\r' | '\t' => {
                    if !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
                        self.text.push(' ');
                    }
                }
                // Would call somebody.
                '@' => self.text.push_str("&#64;"),
                '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => self.text.extend(['\\', character]),
                // A number sign begins an entity, a heading or the number of an issue.
                '#' if !self.text.ends_with('&') => self.text.push_str("\\#"),
                other => self.text.push(other),
            }
        }
    }

    fn finish(self) -> String {
        let mut text = self.text;
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }
}

/// Text of the page's entities.
fn unescaped(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", "\u{a0}"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::super::html::{Table, escape};
    use super::*;

    #[test]
    fn words_keep_their_weight_and_pictures_go() {
        assert_eq!(
            of(
                "<h1>A</h1><p>one <b>two</b>\n <i>[3]</i></p><svg a><svg b></svg><text>no</text></svg><ul><li>x</li><li>y</li></ul><p>z</p>"
            ),
            "# A\n\none **two** _\\[3\\]_\n\n- x\n- y\n\nz\n"
        );
        assert_eq!(
            of(
                "<p>a</p><form class=\"c\"><select><option>no</option></select></form><p data-html>no</p><p>b</p>"
            ),
            "a\n\nb\n"
        );
        assert_eq!(
            of("<p>run</p><pre>vantage &lt;x&gt; 'a_b'</pre>"),
            "run\n\n```sh\nvantage <x> 'a_b'\n```\n"
        );
        assert_eq!(
            of("<details open><summary><h3>Korea</h3></summary><p>x</p></details><p>y</p>"),
            "<details>\n<summary>Korea</summary>\n\nx\n\n</details>\n\ny\n"
        );
    }

    #[test]
    fn a_table_is_a_table() {
        let table = Table {
            caption: "Leads".to_owned(),
            columns: vec!["Area".to_owned(), "<svg><path/></svg>siloed".to_owned()],
            rows: vec![(
                "Hokkaido".to_owned(),
                vec!["<b>4</b><span class=\"band\">[3, 5]</span>".to_owned()],
            )],
        };
        assert_eq!(
            of(&table.render()),
            "**Leads**\n\n| Area | siloed |\n|---|---|\n| Hokkaido | **4**<br>\\[3, 5\\] |\n"
        );
    }

    #[test]
    fn hostile_names_stay_names() {
        let hostile = "<img src=x>|**b** [l](http://x) @all #1 `c`";
        let text = of(&format!("<p>{}</p>", escape(hostile)));
        assert_eq!(text, "&lt;img src=x&gt;\\|\\*\\*b\\*\\* \\[l\\](http://x) &#64;all \\#1 \\`c\\`\n");
    }
}
