//! What the rules need to know of a source file, from its tokens.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// What the rules need to know of one file.
#[derive(Default)]
pub struct Facts {
    /// Paths as written out from the crate's root or another crate's name, with their lines, outside tests.
    pub paths: Vec<(Vec<String>, usize)>,
    /// Functions: name, first line, number of lines.
    pub functions: Vec<(String, usize, usize)>,
    /// Lines with the words that may stand in one place only, and with `#[ignore]` that has no reason.
    pub unsafes: Vec<usize>,
    pub bincodes: Vec<usize>,
    pub ignores: Vec<usize>,
    /// Modules that exist in tests only and lie in a file of their own: its name.
    pub test_modules: Vec<String>,
}

fn ident(token: Option<&TokenTree>) -> Option<String> {
    token.and_then(|token| if let TokenTree::Ident(word) = token { Some(word.to_string()) } else { None })
}

fn is_punct(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(first), second, ..]
        if first.as_char() == ':' && first.spacing() == Spacing::Joint && is_punct(Some(second), ':'))
}

fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<TokenStream> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group.stream()),
        _ => None,
    }
}

fn line(token: &TokenTree) -> usize {
    token.span().start().line
}

/// Whether an attribute's tokens are `cfg(..)` that needs `test`.
fn is_cfg_test(attribute: &TokenStream) -> bool {
    let text = attribute.to_string().replace(' ', "");
    text.starts_with("cfg(test)") || text.starts_with("cfg(all(test")
}

/// The index after the item that begins at `from`: after its braces or its semicolon.
fn item_end(tokens: &[TokenTree], from: usize) -> usize {
    let ends = |index: &usize| {
        is_punct(tokens.get(*index), ';')
            || (group(tokens.get(*index), Delimiter::Brace).is_some()
                && !is_punct(tokens.get(index + 1), '>'))
    };
    (from..tokens.len()).find(ends).map_or(tokens.len(), |end| end + 1)
}

/// The file name of `mod name;`, with or without `#[path = "..."]` before it.
fn module_file(item: &[TokenTree]) -> Option<String> {
    let [attributes @ .., word, name, semicolon] = item else { return None };
    if ident(Some(word)).as_deref() != Some("mod") || !is_punct(Some(semicolon), ';') {
        return None;
    }
    let path = attributes.iter().find_map(|token| {
        let text = group(Some(token), Delimiter::Bracket)?.to_string();
        text.strip_prefix("path = \"")?.strip_suffix(".rs\"").map(str::to_owned)
    });
    path.or_else(|| ident(Some(name)))
}

/// Reads the path that begins `tokens`, with every branch of a `{list}` at its end; gives how many tokens it took.
fn read_path(tokens: &[TokenTree], prefix: &[String], found: &mut Vec<(Vec<String>, usize)>) -> usize {
    let mut path = prefix.to_vec();
    let Some(begin) = tokens.first().map(line) else { return 0 };
    let mut at = 0;
    while let Some(word) = ident(tokens.get(at)) {
        path.push(word);
        at += 1;
        if !is_colons(&tokens[at..]) {
            break;
        }
        if let Some(list) = group(tokens.get(at + 2), Delimiter::Brace) {
            let list: Vec<TokenTree> = list.into_iter().collect();
            list.split(|token| is_punct(Some(token), ',')).for_each(|branch| {
                read_path(branch, &path, found);
            });
            return at + 3;
        }
        if ident(tokens.get(at + 2)).is_none() {
            break;
        }
        at += 2;
    }
    found.push((path, begin));
    at.max(1)
}

/// A path with `self` and `super` replaced by what they mean in `module`.
fn resolve(path: &[String], module: &[String]) -> Vec<String> {
    let mut here: Vec<String> = ["crate".to_owned()].into_iter().chain(module.iter().cloned()).collect();
    let mut rest = path;
    match path.first().map(String::as_str) {
        Some("self") => rest = &path[1..],
        Some("super") => {
            while let Some(("super", after)) =
                rest.split_first().map(|(first, after)| (first.as_str(), after))
            {
                here.pop();
                rest = after;
            }
        }
        _ => return path.to_vec(),
    }
    here.extend_from_slice(rest);
    here
}

fn read(tokens: TokenStream, module: &[String], mut in_test: bool, facts: &mut Facts) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        if is_punct(Some(token), '#') {
            let inner = is_punct(tokens.get(at + 1), '!');
            let body_at = at + 1 + usize::from(inner);
            if let Some(attribute) = group(tokens.get(body_at), Delimiter::Bracket) {
                read_attribute(&attribute, line(token), facts);
                at = body_at + 1;
                if is_cfg_test(&attribute) && inner {
                    in_test = true;
                } else if is_cfg_test(&attribute) {
                    let end = item_end(&tokens, at);
                    let item = &tokens[at..end];
                    facts.test_modules.extend(module_file(item));
                    read(item.iter().cloned().collect(), module, true, facts);
                    at = end;
                }
                continue;
            }
        }
        at += match token {
            TokenTree::Group(group) => {
                read(group.stream(), module, in_test, facts);
                1
            }
            TokenTree::Ident(word) => read_word(&word.to_string(), &tokens, at, module, in_test, facts),
            _ => 1,
        };
    }
}

fn read_attribute(attribute: &TokenStream, line: usize, facts: &mut Facts) {
    let words: Vec<TokenTree> = attribute.clone().into_iter().collect();
    for (index, token) in words.iter().enumerate() {
        match ident(Some(token)).as_deref() {
            Some("ignore") if !is_punct(words.get(index + 1), '=') => facts.ignores.push(line),
            Some("unsafe") => facts.unsafes.push(line),
            _ => {}
        }
        if let TokenTree::Group(group) = token {
            read_attribute(&group.stream(), line, facts);
        }
    }
}

/// Reads what begins with a word; gives how many tokens it took.
fn read_word(
    word: &str,
    tokens: &[TokenTree],
    at: usize,
    module: &[String],
    in_test: bool,
    facts: &mut Facts,
) -> usize {
    let begin = line(&tokens[at]);
    match word {
        "unsafe" => facts.unsafes.push(begin),
        "bincode" => facts.bincodes.push(begin),
        "fn" => {
            if let (Some(name), end) = (ident(tokens.get(at + 1)), item_end(tokens, at)) {
                let last = tokens[end - 1].span().end().line;
                facts.functions.push((name, begin, last + 1 - begin));
            }
        }
        "mod" => {
            if let (Some(name), Some(body)) =
                (ident(tokens.get(at + 1)), group(tokens.get(at + 2), Delimiter::Brace))
            {
                read(body, &[module, &[name]].concat(), in_test, facts);
                return 3;
            }
        }
        _ => {}
    }
    let is_use = at > 0 && ident(tokens.get(at - 1)).as_deref() == Some("use");
    if is_colons(&tokens[at + 1..]) || is_use {
        let mut found = Vec::new();
        let taken = read_path(&tokens[at..], &[], &mut found);
        if !in_test {
            facts.paths.extend(found.iter().map(|(path, line)| (resolve(path, module), *line)));
        }
        // A generic argument after `::` may hold a path of its own: go on right after the word.
        return taken;
    }
    1
}

/// The module path of a source file under its crate's `src`, or None outside of it.
pub fn module_of(file: &str) -> Option<(&str, Vec<String>)> {
    let (folder, inside) = file.split_once("/src/")?;
    let mut module: Vec<String> = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    Some((folder.split('/').next().unwrap_or(folder), module))
}

pub fn facts_of(file: &str, text: &str) -> Facts {
    let mut facts = Facts::default();
    let tokens: TokenStream = syn::parse_str(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    match module_of(file) {
        Some((_, module)) => read(tokens, &module, false, &mut facts),
        None => read(tokens, &[], true, &mut facts),
    }
    facts
}
