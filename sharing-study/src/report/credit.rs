//! Who contributes what: Shapley values as bars.

use super::Page;
use super::html::{Table, Unit, decimals_for, display_name, escape, number, numbers, readable};
use super::rows::{Form, Row, Rows};
use crate::outcome::{Contribution, Credit};
use std::fmt::Write;

pub(super) fn render(page: &Page<'_>, credits: &[Credit]) -> String {
    let credits: Vec<Credit> = credits.iter().map(|credit| for_readers(page, credit)).collect();
    let mut text = String::from(
        "<p>Shapley values: what each adds to the gain, averaged over every order in which they could join. They add up to the \
         whole gain, and what changes nothing gets zero.</p>\n<div class=\"cards\">\n",
    );
    for credit in &credits {
        let _ = writeln!(
            text,
            "<figure class=\"card\"><figcaption data-html><h3>{}</h3><span>{}, {}</span></figcaption>{}</figure>",
            display_name(&credit.receiver),
            escape(&credit.measure),
            escape(&credit.unit),
            draw(credit),
        );
    }
    text.push_str("</div>\n");
    for credit in &credits {
        let _ = writeln!(text, "<p>{}</p>", sentence(credit));
        text.push_str(&numbers(&table(credit)));
    }
    text
}

/// Nations by their names for readers; names of sensors are as they are.
fn for_readers(page: &Page<'_>, credit: &Credit) -> Credit {
    let mut credit = credit.clone();
    for contribution in &mut credit.contributions {
        if page.summary.nodes.iter().any(|node| node.name == contribution.name) {
            contribution.name = readable(&contribution.name);
        }
    }
    credit
}

/// The order of reading: the largest first.
fn ordered(credit: &Credit) -> Vec<&Contribution> {
    let mut all: Vec<&Contribution> = credit.contributions.iter().collect();
    all.sort_by(|a, b| b.value.total_cmp(&a.value));
    all
}

fn written(value: f64) -> String {
    number(value, decimals_for(value))
}

fn is_told(contribution: &Contribution) -> bool {
    match contribution.interval {
        Some(interval) => !interval.contains(0.0),
        None => contribution.value != 0.0,
    }
}

fn sentence(credit: &Credit) -> String {
    let unit = escape(&credit.unit);
    let mut text = format!(
        "<b>{}</b>, {}: all together gain {}&nbsp;{unit}",
        display_name(&credit.receiver),
        escape(&credit.measure),
        written(credit.total),
    );
    let all = ordered(credit);
    if let Some(first) = all.first().filter(|first| is_told(first) && first.value > 0.0) {
        let share = if credit.total > 0.0 {
            format!(", {}&nbsp;% of it", number(100.0 * first.value / credit.total, 0))
        } else {
            String::new()
        };
        let _ = write!(
            text,
            "; most comes from <b>{}</b>: {}&nbsp;{unit}{share}",
            escape(&first.name),
            written(first.value)
        );
    }
    let (mut nothing, mut open) = (0, 0);
    for contribution in all.iter().filter(|contribution| !is_told(contribution)) {
        *if contribution.interval.is_none() { &mut nothing } else { &mut open } += 1;
    }
    for (count, words) in [(nothing, "contribute nothing"), (open, "cannot be told from zero")] {
        if count > 0 {
            let _ = write!(text, "; {count} of {} {words}", all.len());
        }
    }
    let sum = credit.contributions.iter().fold(0.0, |sum, contribution| sum + contribution.value);
    if (sum - credit.total).abs() > 1e-6 * credit.total.abs().max(1e-9) {
        let _ = write!(text, "; the parts add up to {}&nbsp;{unit}, not to the whole", written(sum));
    }
    text + "."
}

fn draw(credit: &Credit) -> String {
    let row = |contribution: &Contribution| Row {
        slot: None,
        name: contribution.name.clone(),
        value: contribution.value,
        interval: contribution.interval,
        is_told: is_told(contribution),
    };
    let rows = Rows {
        title: format!("{}, {}, received by {}", credit.measure, credit.unit, credit.receiver),
        unit: Unit { size: 1.0, name: "", decimals: None },
        form: Form::Bar,
        is_signed: true,
        sides: ["", ""],
        rows: ordered(credit).into_iter().map(row).collect(),
    };
    rows.draw()
}

fn table(credit: &Credit) -> Table {
    let row = |contribution: &Contribution| {
        let interval = contribution.interval.map_or("exact".to_owned(), |interval| {
            format!("[{}, {}]", written(interval.low), written(interval.high))
        });
        (escape(&contribution.name), vec![written(contribution.value), interval])
    };
    let total = ("all together".to_owned(), vec![written(credit.total), String::new()]);
    let unit = escape(&credit.unit);
    Table {
        caption: format!("{}: {}", display_name(&credit.receiver), escape(&credit.measure)),
        columns: vec![
            "From".to_owned(),
            format!("Part of the gain, {unit}"),
            format!("95&nbsp;% interval, {unit}"),
        ],
        rows: ordered(credit).into_iter().map(row).chain([total]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Interval;

    fn credit(parts: &[(&str, f64, Option<[f64; 2]>)], total: f64) -> Credit {
        let part = |(name, value, interval): &(&str, f64, Option<[f64; 2]>)| Contribution {
            name: (*name).to_owned(),
            value: *value,
            interval: interval.map(|[low, high]| Interval { low, high }),
        };
        Credit {
            measure: "impact error".to_owned(),
            unit: "km".to_owned(),
            receiver: "japan".to_owned(),
            contributions: parts.iter().map(part).collect(),
            total,
        }
    }

    #[test]
    fn the_largest_part_is_named_with_its_share() {
        let text =
            sentence(&credit(&[("a", 1.0, None), ("b", 3.0, Some([2.0, 4.0])), ("c", 0.0, None)], 4.0));
        assert!(text.contains("most comes from <b>b</b>: 3.00&nbsp;km, 75&nbsp;% of it"), "{text}");
        assert!(text.contains("1 of 3 contribute nothing") && !text.contains("add up"), "{text}");
    }

    #[test]
    fn a_part_that_may_be_zero_is_not_said_to_lead_and_a_wrong_sum_is_told() {
        let text = sentence(&credit(&[("a", 1.0, Some([-1.0, 3.0]))], 2.0));
        assert!(
            !text.contains("most comes from") && text.contains("1 of 1 cannot be told from zero"),
            "{text}"
        );
        assert!(text.contains("the parts add up to 1.00&nbsp;km, not to the whole"), "{text}");
    }
}
