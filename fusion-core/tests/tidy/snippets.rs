//! The rules on small texts: each is known to catch what it is for, and to let pass what it should.

use super::{edge, findings, machine_paths, manifest, roots, test_only};

const TRACK: &str = "fusion-core/src/track/store.rs";

/// Lines of the findings in a text that stands as `file`.
fn lines(file: &str, text: &str) -> Vec<usize> {
    let line =
        |finding: &String| finding.split(':').nth(1).and_then(|line| line.parse().ok()).expect("file:line:");
    findings(file, text, false).iter().map(line).collect()
}

#[test]
fn a_forbidden_module_is_found_however_it_is_written() {
    for text in [
        "use crate::share::Regime;",
        "use crate::{types::Scan, share::{Regime, Level}};",
        "use {crate::share};",
        "pub(crate) use crate::share as other;",
        "use super::super::share::Regime;",
        "use super::super::{share};",
        "fn f() -> crate::share::Regime { loop {} }",
        "fn f() { let _ = Vec::<crate::share::Regime>::new(); }",
        "fn f() { assert!(crate::share::is_it(), \"{}\", 1); }",
        "macro_rules! m { () => { $crate::share::f() } }",
        "mod inner { use super::super::super::share; }",
        "#[cfg(not(test))] use crate::share::Regime;",
        "#[derive(Clone)] struct S(#[serde(default)] crate::share::Regime);",
    ] {
        assert_eq!(lines(TRACK, text), [1], "{text}");
    }
    assert_eq!(lines(TRACK, "\n\nuse crate::{\n    types::Scan,\n    share::Regime,\n};"), [5]);
    let found = findings(TRACK, "use crate::share::Regime;", false);
    assert!(
        found[0].starts_with("fusion-core/src/track/store.rs:1: `track` may not use `share`: "),
        "{found:?}"
    );
}

#[test]
fn what_is_allowed_passes() {
    for text in [
        "use crate::types::Scan; use crate::track::Store; use crate::filter::{Gaussian, mixing};",
        "use super::share; use self::share::x;",
        "use std::collections::BTreeMap; use serde::{Serialize, Deserialize};",
        "// use crate::share::Regime;\n/// [`crate::share::Regime`]\nconst A: &str = \"crate::share::f unsafe bincode\";",
        "#[cfg(test)] mod tests { use crate::share::Regime; fn f() { crate::warning::g(); } }",
        "#[cfg(test)]\nuse crate::{share::Regime, warning};\n",
        "#![cfg(test)]\nuse crate::share::Regime;",
        "#[cfg(all(test, feature = \"x\"))] fn f() { crate::share::g(); }",
    ] {
        assert_eq!(findings(TRACK, text, false), [""; 0], "{text}");
    }
    assert_eq!(lines("fusion-core/src/lib.rs", "pub use crate::share::Regime;"), [0; 0]);
    assert_eq!(lines("fusion-core/tests/x.rs", "use fusion_core::share; use sensor_sim::x;"), [0; 0]);
    assert_eq!(
        findings(TRACK, "use crate::share::Regime;", true),
        [""; 0],
        "a file that exists in tests only"
    );
    // What comes after a part for tests counts again.
    assert_eq!(lines(TRACK, "#[cfg(test)] mod tests {}\nuse crate::share::Regime;"), [2]);
}

#[test]
fn files_of_tests_are_known_by_what_declares_them() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let found = test_only(&[
        file("a/src/flight/mod.rs", "#[cfg(test)] mod tests; mod other;"),
        file("a/src/math.rs", "#[cfg(test)] #[path = \"math_tests.rs\"] mod tests;"),
    ]);
    let expected = ["a/src/flight/tests", "a/src/math/math_tests", "a/src/math_tests"];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[test]
fn an_unknown_module_asks_for_its_place_in_the_table() {
    let found = findings("fusion-core/src/brand_new/mod.rs", "use crate::types::Scan;", false);
    assert!(found[0].contains("give it its place"), "{found:?}");
}

#[test]
fn the_layers_hold_in_both_directions() {
    let is_free = |from: &str, to: &str| {
        edge("fusion-core", &[from.to_owned()], &["crate".to_owned(), to.to_owned(), "x".to_owned()])
            .is_none()
    };
    assert!(is_free("types", "math") && !is_free("math", "types"));
    assert!(is_free("filter", "dynamics") && !is_free("dynamics", "filter"));
    let side_by_side = ["association", "track", "share", "warning", "assess"];
    for from in side_by_side {
        assert!(is_free("node", from) && !is_free(from, "node") && is_free(from, "filter"));
        for to in side_by_side {
            assert_eq!(is_free(from, to), from == to, "{from} to {to}");
        }
    }
}

#[test]
fn a_forbidden_crate_is_found() {
    assert_eq!(lines("fusion-core/src/lib.rs", "use recording::Header;"), [1]);
    assert_eq!(lines("recording/src/lib.rs", "fn f() { sensor_sim::fly() }"), [1]);
    assert_eq!(lines("sensor-sim/src/a/b.rs", "use {std::fmt, recording::{Header}};"), [1]);
    assert_eq!(lines("fusion-pipeline/src/lib.rs", "use sharing_study::x;"), [1]);
    assert_eq!(
        lines("sharing-study/src/lib.rs", "use sensor_sim::x; use fusion_core::y; fn recording() {}"),
        [0; 0]
    );
    assert_eq!(lines("apps/vantage/src/main.rs", "use sharing_study::x; use recording::y;"), [0; 0]);
    assert_eq!(lines("benches/src/lib.rs", "use sharing_study::x; use fusion_pipeline::y;"), [0; 0]);
}

#[test]
fn long_files_and_functions_are_found() {
    assert_eq!(lines(TRACK, &"\n".repeat(400)), [0; 0]);
    assert_eq!(lines(TRACK, &"\n".repeat(401)), [401]);
    let function =
        |lines: usize| format!("\nfn long<const N: usize>() -> [f64; 3] {{{}}}", "\n".repeat(lines - 1));
    assert_eq!(lines(TRACK, &function(70)), [0; 0]);
    assert_eq!(lines(TRACK, &function(71)), [2]);
    assert_eq!(lines(TRACK, &format!("impl S {{ {} }}", function(71))), [2]);
    assert_eq!(lines(TRACK, &format!("trait T {{ fn a(&self) -> f64;\n{} }}", function(70))), [0; 0]);
    assert!(findings(TRACK, &function(71), false)[0].contains("`long` has 71 lines"));
}

#[test]
fn words_with_one_place_are_found_elsewhere() {
    for text in [
        "unsafe fn f() {}",
        "fn f() { unsafe { g() } }",
        "unsafe impl Send for S {}",
        "#[unsafe(no_mangle)] fn f() {}",
    ] {
        assert_eq!(lines(TRACK, text), [1], "{text}");
        assert_eq!(lines("fusion-core/src/dispatch.rs", text), [0; 0], "{text}");
    }
    assert_eq!(lines(TRACK, "#![deny(unsafe_code)]"), [0; 0]);
    assert_eq!(lines("sensor-sim/tests/x.rs", "use bincode::config;"), [1]);
    assert_eq!(lines("recording/src/wire.rs", "use bincode::config;"), [0; 0]);
    assert_eq!(manifest("sensor-sim/Cargo.toml", "[dependencies]\nbincode.workspace = true").len(), 1);
    assert_eq!(manifest("recording/Cargo.toml", "[dependencies]\nbincode.workspace = true").len(), 0);
}

#[test]
fn what_would_run_at_build_time_and_roots_without_their_attribute_are_found() {
    for text in ["build = \"make.rs\"", "[build-dependencies]\ncc = \"1\"", "[package]\nname = \"x\""] {
        assert_eq!(manifest("sensor-sim/Cargo.toml", text).len(), 1, "{text}");
    }
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let found = |lib: &str, more: Vec<(String, String)>| {
        let locks = [file("Cargo.lock", ""), file("fuzz/Cargo.lock", "")];
        let crate_files = [file("a/Cargo.toml", "[package]"), file("a/src/lib.rs", lib)];
        roots(&[&locks[..], &crate_files[..], &more[..]].concat()).len()
    };
    assert_eq!(found("#![forbid(unsafe_code)]", Vec::new()), 0);
    assert_eq!(found("#![deny(unsafe_code)]", Vec::new()), 1);
    assert_eq!(found("#![forbid(unsafe_code)]", vec![file("a/build.rs", "fn main() {}")]), 1);
    assert_eq!(roots(&[]).len(), 2);
}

#[test]
fn a_test_that_is_left_out_says_why() {
    assert_eq!(lines("a/tests/x.rs", "#[test]\n#[ignore]\nfn f() {}"), [2]);
    assert_eq!(lines(TRACK, "#[cfg(test)] mod tests {\n#[test] #[ignore] fn f() {} }"), [2]);
    assert_eq!(lines("a/tests/x.rs", "#[cfg_attr(windows, ignore)] fn f() {}"), [1]);
    assert_eq!(lines("a/tests/x.rs", "#[test] #[ignore = \"ten minutes\"] fn f() {}"), [0; 0]);
}

#[test]
fn paths_of_one_machine_are_found() {
    let path = |name: &str| format!("/{name}/somebody/x.json");
    for name in ["home", "root", "Users", "work", "tmp"] {
        let path = path(name);
        for text in [path.clone(), format!("read \"{path}\""), format!("a={path}"), format!("[x]({path})")] {
            assert_eq!(machine_paths("README.md", &format!("\n{text}")).len(), 1, "{text}");
        }
        for text in [
            format!("..{path}"),
            format!("frame{path}"),
            format!("https://example.com{path}"),
            format!("${{DIR}}{path}"),
        ] {
            assert_eq!(machine_paths("README.md", &text), [""; 0], "{text}");
        }
    }
}
