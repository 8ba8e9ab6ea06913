//! Scenario files are hostile until checked: whatever the text, an error or a scenario, never a panic.

use proptest::prelude::*;
use sensor_sim::{Scenario, simulate};

const VALID: &str = include_str!("../../fixtures/overflight-2017-09-15/scenario.toml");

/// What a mutation may put in the place of some of the file.
const PIECES: [&str; 24] = [
    "",
    "0",
    "-1",
    "nan",
    "inf",
    "-inf",
    "1e308",
    "-1e-308",
    "9223372036854775807",
    "\"",
    "[",
    "]]",
    "{",
    "}",
    "=",
    "\n",
    "\u{0}",
    "é",
    "[[flight]]",
    "[[sensor]]",
    "[[regime]]\n",
    "name = \"x\"\n",
    "true",
    "1979-05-27",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_never_panics(text in ".{0,400}") {
        drop(Scenario::parse(&text));
    }

    #[test]
    fn a_mutated_file_never_panics(
        edits in prop::collection::vec((0.0..1.0_f64, 0_usize..12, 0_usize..PIECES.len()), 1..4),
    ) {
        let mut text = VALID.to_owned();
        for (place, length, piece) in edits {
            let begin = text.floor_char_boundary((place * text.len() as f64) as usize);
            let end = text.floor_char_boundary((begin + length).min(text.len())).max(begin);
            text.replace_range(begin..end, PIECES[piece]);
        }
        drop(Scenario::parse(&text));
    }

    #[test]
    fn any_number_in_the_place_of_any_other_never_panics_up_to_the_run(
        which in 0_usize..200,
        number in prop_oneof![
            any::<f64>(), -1e3..1e3_f64, Just(0.0), Just(f64::NAN), Just(1e-3), Just(90.0), Just(1e6),
        ],
    ) {
        let numbers: Vec<(usize, usize)> = number_spans(VALID);
        let (begin, end) = numbers[which % numbers.len()];
        let mut text = VALID.to_owned();
        text.replace_range(begin..end, &toml_number(number));
        if let Ok(scenario) = Scenario::parse(&text)
            && let Ok(flights) = scenario.fly()
        {
            drop(simulate(&scenario, &flights, 1, 0));
        }
    }
}

fn toml_number(number: f64) -> String {
    if number.is_nan() {
        "nan".into()
    } else if number.is_infinite() {
        if number > 0.0 { "inf".into() } else { "-inf".into() }
    } else {
        format!("{number:e}")
    }
}

/// Where the numbers stand that follow an equals sign.
fn number_spans(text: &str) -> Vec<(usize, usize)> {
    let is_part = |letter: char| letter.is_ascii_digit() || letter == '.' || letter == '-';
    text.match_indices("= ")
        .filter_map(|(at, _)| {
            let begin = at + 2;
            let length = text[begin..].find(|letter| !is_part(letter))?;
            (length > 0).then_some((begin, begin + length))
        })
        .collect()
}
