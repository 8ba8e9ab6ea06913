//! What the documents show of the command's output is what it prints.

use super::{done, folder};

/// The commands of a document whose output is marked as checked: arguments and what they print.
fn checked(text: &str) -> Vec<(Vec<&str>, String)> {
    text.split("<!-- checked -->\n```text\n$ vantage ")
        .skip(1)
        .map(|block| {
            let (command, rest) = block.split_once('\n').expect("a command in a line");
            let (output, _) = rest.split_once("\n```").expect("an end of the block");
            (command.split_whitespace().collect(), output.to_owned())
        })
        .collect()
}

#[test]
fn the_figures_of_what_sharing_is_worth_are_those_that_are_printed() {
    let folder = folder();
    let blocks = checked(include_str!("../../../../docs/SHARING_WORTH.md"));
    assert!(blocks.len() > 5, "{}", blocks.len());
    for (arguments, output) in blocks {
        assert_eq!(done(folder.path(), &arguments).trim_end(), output, "{arguments:?}");
    }
}
