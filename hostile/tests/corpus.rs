//! Every file of the corpus through its target: what was found once stays mended, without a fuzzer.

use hostile::{TARGETS, seeds};
use std::collections::BTreeSet;
use std::path::Path;

/// Most of the whole corpus, bytes: a repository is no place for a campaign's gleanings.
const MOST_BYTES: usize = 200_000;

#[test]
fn the_corpus_passes() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let mut bytes = 0;
    for (name, target) in TARGETS {
        let mut files: Vec<_> = std::fs::read_dir(corpus.join(name))
            .unwrap_or_else(|error| panic!("fuzz/corpus/{name}: {error}"))
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort();
        assert!(files.len() >= 3, "fuzz/corpus/{name} has {} files", files.len());
        for file in files {
            let data = std::fs::read(&file).expect("a file of the corpus");
            bytes += data.len();
            let passed = std::panic::catch_unwind(|| target(&data));
            assert!(passed.is_ok(), "{}", file.display());
        }
    }
    assert!(bytes < MOST_BYTES, "the corpus has {bytes} bytes: keep the files that show something");
}

#[test]
fn the_seeds_of_this_code_pass_and_every_target_has_some() {
    let seeds = seeds();
    for (name, target) in TARGETS {
        let own: Vec<_> = seeds.iter().filter(|(of, ..)| *of == name).collect();
        assert!(own.len() >= 3, "{name} has {} seeds", own.len());
        own.iter().for_each(|(_, _, bytes)| target(bytes));
    }
    let known: BTreeSet<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert!(seeds.iter().all(|(of, ..)| known.contains(of)));
}
