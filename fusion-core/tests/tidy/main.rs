//! The house rules, enforced: who may use whom, how long a file and a function may be, and what may stand only in one
//! place. Each finding names file and line and says what to do.
//!
//! The rules look at tokens, as `syn` reads them: comments and texts do not count, code inside macros does.

mod snippets;
mod tokens;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tokens::{facts_of, module_of};

/// Which module of fusion-core may use which, lowest first: the one table. Nothing may use what stands below it, and
/// `association`, `track`, `registration`, `share`, `warning` and `assess` know nothing of each other; `node` joins them.
const MODULES: [(&str, &[&str]); 13] = [
    ("math", &[]),
    ("types", &["math"]),
    ("dispatch", &["math", "types"]),
    ("dynamics", &["math", "types", "dispatch"]),
    ("measurement", &["math", "types", "dispatch"]),
    ("filter", &["math", "types", "dispatch", "dynamics", "measurement"]),
    ("association", &["math", "types", "dispatch", "dynamics", "measurement", "filter"]),
    ("track", &["math", "types", "dispatch", "dynamics", "measurement", "filter"]),
    ("registration", &["math", "types", "dispatch", "dynamics", "measurement", "filter"]),
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
            "registration",
            "share",
            "warning",
            "assess",
        ],
    ),
];

/// Which crate, by its folder, may use which, by the name in code.
const CRATES: [(&str, &[&str]); 9] = [
    ("fusion-core", &[]),
    ("recording", &["fusion_core"]),
    ("fusion-pipeline", &["fusion_core"]),
    ("sensor-sim", &["fusion_core"]),
    ("sharing-study", &["fusion_core", "recording", "fusion_pipeline", "sensor_sim"]),
    ("chaos", &["fusion_core", "recording", "sensor_sim"]),
    ("apps", &["fusion_core", "recording", "fusion_pipeline", "sensor_sim", "sharing_study", "chaos"]),
    ("benches", &["fusion_core", "recording", "fusion_pipeline", "sensor_sim", "sharing_study"]),
    ("hostile", &["fusion_core", "recording", "sensor_sim"]),
];

const MAX_FILE_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 70;
/// Longer files, each with the reason why it is one piece.
const LONG_FILES: [(&str, &str); 0] = [];
/// Longer functions, as file and name, each with the reason why it is one piece.
const LONG_FUNCTIONS: [(&str, &str, &str); 0] = [];
/// The one file that may say `unsafe`.
const UNSAFE_FILE: &str = "fusion-core/src/dispatch.rs";
/// The fuzzers' manifest, for a nightly compiler.
const FUZZ_MANIFEST: &str = "fuzz/Cargo.toml";
/// Folders that are nobody's source.
const NOT_SOURCE: [&str; 3] = ["target", "out", "node_modules"];

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
    // A list of several names from one forbidden module is one finding.
    found.dedup();
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

/// What is wrong with a manifest.
fn manifest(file: &str, text: &str) -> Vec<String> {
    let may = ["Cargo.toml", "recording/Cargo.toml"].contains(&file);
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut say = |what: &str| found.push(format!("{file}:{}: {what}", index + 1));
        if !may && line.starts_with("bincode") {
            say("only the crate `recording` uses bincode");
        }
        if line.split('=').next().is_some_and(|key| ["build", "build-dependencies"].contains(&key.trim()))
            || line.trim() == "[build-dependencies]"
        {
            say("nothing of ours runs while it is built: make the file by a command and commit it");
        }
    }
    if text.contains("[package]") && !text.contains("rust-version") && file != FUZZ_MANIFEST {
        found.push(format!("{file}:1: say `rust-version.workspace = true`"));
    }
    found
}

/// What the roots of crates and the workspace must have: files that are there, and attributes in them.
fn roots(files: &[(String, String)]) -> Vec<String> {
    let text = |name: &str| files.iter().find(|(file, _)| file == name).map(|(_, text)| text.as_str());
    let mut found = Vec::new();
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        if text(lock).is_none() {
            found.push(format!("{lock}: not there: commit it"));
        }
    }
    for (file, content) in files {
        let Some(folder) = file.strip_suffix("Cargo.toml").filter(|_| content.contains("[package]")) else {
            continue;
        };
        if text(&format!("{folder}build.rs")).is_some() {
            found.push(format!("{folder}build.rs: nothing of ours runs while it is built"));
        }
        let word = if folder == "fusion-core/" { "deny" } else { "forbid" };
        let root = ["src/lib.rs", "src/main.rs"].iter().map(|root| format!("{folder}{root}"));
        for (root, content) in root.filter_map(|root| text(&root).map(|content| (root, content))) {
            if !content.contains(&format!("#![{word}(unsafe_code)]")) {
                found.push(format!("{root}:1: say `#![{word}(unsafe_code)]`"));
            }
        }
    }
    found
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

/// Files that are modules of tests only, from what declares them; their paths without `.rs`.
fn test_only(files: &[(String, String)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (file, text) in files.iter().filter(|(file, _)| file.ends_with(".rs")) {
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
        let stem = name.trim_end_matches(".rs");
        for module in facts_of(file, text).test_modules {
            found.insert(format!("{folder}/{module}"));
            if !matches!(stem, "mod" | "lib" | "main") {
                found.insert(format!("{folder}/{stem}/{module}"));
            }
        }
    }
    found
}

#[test]
fn the_tree_keeps_the_house_rules() {
    let files = files();
    let test_only = test_only(&files);
    let is_test = |file: &str| {
        test_only.iter().any(|stem| {
            file.strip_prefix(stem.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        })
    };
    let mut found = Vec::new();
    for (file, text) in &files {
        if file.ends_with(".rs") {
            found.extend(findings(file, text, is_test(file)));
        }
        if file.ends_with("Cargo.toml") {
            found.extend(manifest(file, text));
        }
        found.extend(machine_paths(file, text));
    }
    found.extend(roots(&files));
    assert!(files.len() > 20, "the workspace was not found at {}", workspace().display());
    assert!(found.is_empty(), "{} findings\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_exception_is_still_needed() {
    let files = files();
    let text = |name: &str| files.iter().find(|(file, _)| file == name).map(|(_, text)| text.as_str());
    for (file, reason) in LONG_FILES {
        let lines = text(file).map_or(0, |text| text.lines().count());
        assert!(
            lines > MAX_FILE_LINES && !reason.is_empty(),
            "{file} has {lines} lines: take it off LONG_FILES"
        );
    }
    for (file, function, reason) in LONG_FUNCTIONS {
        let long = text(file).is_some_and(|text| {
            let functions = facts_of(file, text).functions;
            functions.iter().any(|(name, _, lines)| name == function && *lines > MAX_FUNCTION_LINES)
        });
        assert!(
            long && !reason.is_empty(),
            "`{function}` in {file} is short or gone: take it off LONG_FUNCTIONS"
        );
    }
}

#[test]
fn the_tables_stand_in_the_order_of_their_layers() {
    let below =
        |names: &[String], may: &[&str]| may.iter().all(|name| names.iter().any(|known| known == name));
    let modules = MODULES.map(|(name, _)| name.to_owned());
    let crates = CRATES.map(|(name, _)| name.replace('-', "_"));
    for (index, (name, may)) in MODULES.iter().enumerate() {
        assert!(below(&modules[..index], may), "`{name}` may use something that does not stand above it");
    }
    for (index, (name, may)) in CRATES.iter().enumerate() {
        assert!(below(&crates[..index], may), "`{name}` may use something that does not stand above it");
    }
}
