//! Help, completions, regimes and wrong usage.

use super::{done, folder, refused};

const COMMANDS: [&str; 16] = [
    "fly",
    "record",
    "inspect",
    "replay",
    "compare",
    "sweep",
    "credit",
    "study",
    "merge",
    "report",
    "regimes",
    "schema",
    "fixtures",
    "chaos",
    "completions",
    "man",
];

#[test]
fn the_help_of_every_command_has_an_example() {
    let folder = folder();
    let all = done(folder.path(), &["--help"]);
    assert!(all.contains("Examples:") && all.contains("Exit codes:"), "{all}");
    for command in COMMANDS {
        let help = done(folder.path(), &[command, "--help"]);
        let (_, examples) = help.split_once("Examples:").unwrap_or_else(|| panic!("{help}"));
        assert!(examples.contains(&format!("vantage {command}")), "{help}");
        assert!(all.contains(&format!("\n  {command} ")), "{command}: {all}");
    }
}

#[test]
fn completions_name_every_command() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish"] {
        let script = done(folder.path(), &["completions", shell]);
        assert!(COMMANDS.iter().all(|command| script.contains(command)), "{shell}");
    }
}

#[test]
fn there_is_a_page_of_the_manual_for_every_command() {
    let folder = folder();
    let all = done(folder.path(), &["man"]);
    assert!(all.contains(".TH vantage 1") && all.contains("Exit codes"), "{all}");
    for command in COMMANDS {
        let page = done(folder.path(), &["man", command]);
        assert!(page.contains(&format!(".TH vantage-{command} 1")), "{page}");
        assert!(page.contains("Examples:"), "{page}");
    }
    assert!(refused(folder.path(), &["man", "launch"]).contains("there are: fly, record"));
}

#[test]
fn regimes_are_listed_and_printed_with_their_sources() {
    let folder = folder();
    let list = done(folder.path(), &["regimes"]);
    // The six of a comparison, five more, two titles and a line between them.
    assert_eq!(list.lines().count(), 6 + 5 + 3);
    assert!(list.contains("\n  siloed                 no links"), "{list}");
    assert!(list.find("integrated ") < list.find("feed-cut-hub-2023 "), "{list}");
    let text = done(folder.path(), &["regimes", "tisa-2014"]);
    assert!(text.starts_with("# Trilateral") && text.contains("name = \"tisa-2014\""), "{text}");
    assert!(refused(folder.path(), &["regimes", "nato"]).contains("there are: siloed, bilateral"));
}

#[test]
fn wrong_usage_is_refused() {
    let folder = folder();
    for arguments in [
        ["compare", "--runs", "0"].as_slice(),
        &["compare", "--threads", "0"],
        &["compare", "--perturb", "-1"],
        &["compare", "--perturb", "nan"],
        &["record", "x.toml", "-o", "x.vrec", "--perturb", "10.1"],
        &["replay", "x.vrec", "--speed", "fast"],
        &["replay"],
        &["launch"],
        &["fly", "--launch", "1,2"],
    ] {
        refused(folder.path(), arguments);
    }
}
