//! The house rules, enforced: who may use whom, how long a file and a function may be, and what may stand only in one
//! place. Each finding names file and line and says what to do.
//!
//! The rules look at tokens, as `syn` reads them: comments and texts do not count, code inside macros does.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use std::path::{Path, PathBuf};

/// Which module of fusion-core may use which, lowest first: the one table. Nothing may use what stands below it, and
/// `association`, `track`, `share`, `warning` and `assess` know nothing of each other; `node` joins them.
const MODULES: [(&str, &[&str]); 12] = [
    ("math", &[]),
    ("types", &["math"]),
    ("dispatch", &["math", "types"]),
    ("dynamics", &["math", "types", "dispatch"]),
    ("measurement", &["math", "types", "dispatch"]),
    ("filter", &["math", "types", "dispatch", "dynamics", "measurement"]),
    ("association", &["math", "types", "dispatch", "dynamics", "measurement", "filter"]),
    ("track", &["math", "types", "dispatch", "dynamics", "measurement", "filter"]),
    ("share", &["math", "types", "dispatch", "dynamics", "measurement", "filter"]),
    ("warning", &["math", "types", "dispatch", "dynamics", "measurement", "filter"]),
    ("assess", &["math", "types", "dispatch", "dynamics", "measurement", "filter"]),
    (
        "node",
        &[
            "math",
            "types",
            "dispatch",
            "dynamics",
            "measurement",
            "filter",
            "association",
            "track",
            "share",
            "warning",
            "assess",
        ],
    ),
];

/// Which crate, by its folder, may use which, by the name in code.
const CRATES: [(&str, &[&str]); 7] = [
    ("fusion-core", &[]),
    ("recording", &["fusion_core"]),
    ("fusion-pipeline", &["fusion_core"]),
    ("sensor-sim", &["fusion_core"]),
    ("sharing-study", &["fusion_core", "recording", "fusion_pipeline", "sensor_sim"]),
    ("apps", &["fusion_core", "recording", "fusion_pipeline", "sensor_sim", "sharing_study"]),
    ("benches", &["fusion_core", "recording", "fusion_pipeline", "sensor_sim", "sharing_study"]),
];

const MAX_FILE_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 70;
/// Longer files, each with the reason why it is one piece.
const LONG_FILES: [(&str, &str); 0] = [];
/// Longer functions, as file and name, each with the reason why it is one piece.
const LONG_FUNCTIONS: [(&str, &str, &str); 1] = [(
    "recording/tests/format/judged.rs",
    "header_values_that_no_run_can_have_are_neither_written_nor_read",
    "a table of forty spoiled headers",
)];
/// The one file that may say `unsafe`.
const UNSAFE_FILE: &str = "fusion-core/src/dispatch.rs";
/// Folders that are nobody's source.
const NOT_SOURCE: [&str; 3] = ["target", "out", "node_modules"];

/// What the rules need to know of one file.
#[derive(Default)]
struct Facts {
    /// Paths as written out from the crate's root or another crate's name, with their lines, outside tests.
    paths: Vec<(Vec<String>, usize)>,
    /// Functions: name, first line, number of lines.
    functions: Vec<(String, usize, usize)>,
    /// Lines with the words that may stand in one place only, and with `#[ignore]` that has no reason.
    unsafes: Vec<usize>,
    bincodes: Vec<usize>,
    ignores: Vec<usize>,
    /// Modules in files of their own that exist in tests only.
    test_modules: Vec<String>,
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

/// A path from the crate's root, or None for one that begins with a name in scope.
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
                    if let [.., word, name, semicolon] = item
                        && ident(Some(word)).as_deref() == Some("mod")
                        && is_punct(Some(semicolon), ';')
                    {
                        facts.test_modules.extend(ident(Some(name)));
                    }
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
fn module_of(file: &str) -> Option<(&str, Vec<String>)> {
    let (folder, inside) = file.split_once("/src/")?;
    let mut module: Vec<String> = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    Some((folder.split('/').next().unwrap_or(folder), module))
}

fn facts_of(file: &str, text: &str) -> Facts {
    let mut facts = Facts::default();
    let tokens: TokenStream = syn::parse_str(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    match module_of(file) {
        Some((_, module)) => read(tokens, &module, false, &mut facts),
        None => read(tokens, &[], true, &mut facts),
    }
    facts
}

/// Everything that is against the rules in one file.
fn findings(file: &str, text: &str, is_test_file: bool) -> Vec<String> {
    let facts = facts_of(file, text);
    let mut found = Vec::new();
    let mut say = |line: usize, what: String| found.push(format!("{file}:{line}: {what}"));
    if let (Some((folder, module)), false) = (module_of(file), is_test_file) {
        for (path, line) in &facts.paths {
            edge(folder, &module, path).into_iter().for_each(|what| say(*line, what));
        }
    }
    let lines = text.lines().count();
    if lines > MAX_FILE_LINES && !LONG_FILES.iter().any(|(long, _)| *long == file) {
        say(lines, format!("{lines} lines: split it, or list it in LONG_FILES of tidy.rs with a reason"));
    }
    for (name, line, lines) in &facts.functions {
        let listed = LONG_FUNCTIONS.iter().any(|(long, function, _)| *long == file && function == name);
        if *lines > MAX_FUNCTION_LINES && !listed {
            say(
                *line,
                format!(
                    "`{name}` has {lines} lines: split it, or list it in LONG_FUNCTIONS of tidy.rs with a reason"
                ),
            );
        }
    }
    if file != UNSAFE_FILE {
        facts
            .unsafes
            .iter()
            .for_each(|line| say(*line, format!("`unsafe` may stand in {UNSAFE_FILE} only: move it there")));
    }
    if !file.starts_with("recording/") {
        facts
            .bincodes
            .iter()
            .for_each(|line| say(*line, "only the crate `recording` uses bincode: call that".to_owned()));
    }
    facts.ignores.iter().for_each(|line| say(*line, "say why: `#[ignore = \"reason\"]`".to_owned()));
    found
}

/// What is wrong with a path in a module of a crate, if anything.
fn edge(folder: &str, module: &[String], path: &[String]) -> Option<String> {
    let first = path.first()?;
    if folder == "fusion-core" && first == "crate" {
        let (from, to) = (module.first()?, path.get(1)?);
        let allowed =
            |name: &str| MODULES.iter().find(|(known, _)| *known == name).map(|(_, allowed)| *allowed);
        let Some(may) = allowed(from) else {
            return Some(format!("`{from}` is not in the table MODULES of tidy.rs: give it its place there"));
        };
        let forbidden = from != to && allowed(to).is_some() && !may.contains(&to.as_str());
        return forbidden.then(|| {
            format!("`{from}` may not use `{to}`: hand the value in from `node`, or move it to a lower module (MODULES of tidy.rs)")
        });
    }
    let own = folder.replace('-', "_");
    let is_ours = CRATES.iter().any(|(known, _)| known.replace('-', "_") == *first) && *first != own;
    let (_, may) = CRATES.iter().find(|(known, _)| *known == folder)?;
    (is_ours && !may.contains(&first.as_str())).then(|| {
        format!(
            "`{folder}` may not use `{first}`: turn the dependency round, or move it up (CRATES of tidy.rs)"
        )
    })
}

/// Absolute paths of somebody's machine in a text.
fn machine_paths(file: &str, text: &str) -> Vec<String> {
    let roots = ["home", "root", "Users", "work", "tmp", "workspace"].map(|name| format!("/{name}/"));
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for root in &roots {
            // Not in the middle of a relative path or of an address.
            let begins = |at: usize| {
                !line[..at].ends_with(|before: char| before.is_alphanumeric() || "./_-}*".contains(before))
            };
            if line.match_indices(root.as_str()).any(|(at, _)| begins(at)) {
                found.push(format!(
                    "{file}:{}: `{root}..` is a path of one machine: name it relative to the repository",
                    index + 1
                ));
            }
        }
    }
    found
}

fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("fusion-core lies in the workspace").to_owned()
}

/// Every file of the workspace that is text, as path from the root and content, in order.
fn files() -> Vec<(String, String)> {
    fn collect(folder: &Path, root: &Path, files: &mut Vec<(String, String)>) {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        entries.sort();
        for path in entries {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                let hidden = name.starts_with('.') && name != ".ci" && name != ".github";
                if !hidden && !NOT_SOURCE.contains(&name) {
                    collect(&path, root, files);
                }
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let inside = path.strip_prefix(root).expect("inside the workspace");
                files.push((inside.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    let mut files = Vec::new();
    collect(&workspace(), &workspace(), &mut files);
    files
}
