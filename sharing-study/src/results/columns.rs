//! The columns of the tables: name, type, unit, meaning, and where in a row it is found.

use super::Row;
use crate::outcome::ImpactSample;
use Kind::{Flag, Integer, Number, Text};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// A signed integer of 64 bits.
    Integer,
    /// A double.
    Number,
    /// True or false.
    Flag,
}

/// One value of a row; where it is missing the column is optional.
pub(super) enum Cell<'a> {
    Text(&'a str),
    Integer(i64),
    Number(f64),
    Flag(bool),
    Missing,
}

/// A column of a table.
pub struct Column {
    /// Its name; it ends in its unit where it has one.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row may have no value.
    pub is_optional: bool,
    /// Its unit; empty for none.
    pub unit: &'static str,
    /// What it says.
    pub meaning: &'static str,
    pub(super) cell: for<'r> fn(&Row<'r>) -> Cell<'r>,
}

/// A table of a study.
pub struct Table {
    /// Name of its file.
    pub file: &'static str,
    own: &'static [Column],
}

impl Table {
    /// The columns in order: the keys of every table and then the table's own.
    pub fn columns(&self) -> impl Iterator<Item = &'static Column> {
        KEYS.iter().chain(self.own)
    }
}

impl Column {
    /// The type as it stands in the documentation.
    #[must_use]
    pub fn type_name(&self) -> String {
        let name = match self.kind {
            Text => "string",
            Integer => "int64",
            Number => "double",
            Flag => "boolean",
        };
        if self.is_optional { format!("{name}, or null") } else { name.to_owned() }
    }
}

type Find = for<'r> fn(&Row<'r>) -> Cell<'r>;

const fn always(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    meaning: &'static str,
    cell: Find,
) -> Column {
    Column { name, kind, is_optional: false, unit, meaning, cell }
}

const fn maybe(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    meaning: &'static str,
    cell: Find,
) -> Column {
    Column { name, kind, is_optional: true, unit, meaning, cell }
}

fn number(value: Option<f64>) -> Cell<'static> {
    value.map_or(Cell::Missing, Cell::Number)
}

fn of_impact(row: &Row<'_>, value: fn(&ImpactSample) -> f64) -> Cell<'static> {
    number(row.sample.impact.as_ref().map(value))
}

const KEYS: [Column; 4] = [
    always("scenario", Text, "", "Name of the scenario", |row| Cell::Text(row.scenario)),
    always(
        "run",
        Integer,
        "",
        "Number of the run, from 0; all regimes of a run see the same flight and noise",
        |row| Cell::Integer(row.outcome.run.into()),
    ),
    always("regime", Text, "", "Name of the sharing regime", |row| Cell::Text(row.regime)),
    always("node", Text, "", "Name of the receiving node", |row| Cell::Text(row.node)),
];

/// One row for each run, regime and node.
pub const OUTCOMES: Table = Table {
    file: "outcomes.parquet",
    own: &[
        maybe(
            "first_track_s",
            Number,
            "s",
            "From launch to the first track of the missile; null: never",
            |row| number(row.outcome.first_track_s),
        ),
        maybe("confirmed_s", Number, "s", "From launch to its first confirmed track; null: never", |row| {
            number(row.outcome.confirmed_s)
        }),
        maybe(
            "actionable_s",
            Number,
            "s",
            "From launch until the impact ellipse was small enough to act on; null: never",
            |row| number(row.outcome.actionable_s),
        ),
        maybe(
            "launch_point_error_m",
            Number,
            "m",
            "Distance between the last estimated and the true launch point; null: no estimate",
            |row| number(row.outcome.launch_point_error_m),
        ),
        always(
            "custody_fraction",
            Number,
            "",
            "Share of the flight with a confirmed track on the missile",
            |row| Cell::Number(row.outcome.custody_fraction),
        ),
        always(
            "missiles_counted",
            Integer,
            "",
            "Most confirmed tracks of what was launched, pieces included, at one time",
            |row| Cell::Integer(row.outcome.missiles_counted.into()),
        ),
        always(
            "missiles_so_far",
            Integer,
            "",
            "Missiles that it had counted by the end, also those that had come down",
            |row| Cell::Integer(row.outcome.missiles_so_far.into()),
        ),
        always("missiles_flown", Integer, "", "Missiles flown", |row| {
            Cell::Integer(row.outcome.missiles_flown.into())
        }),
        always("siap_completeness", Number, "", "Share of the truth that is tracked", |row| {
            Cell::Number(row.outcome.siap.completeness)
        }),
        always("siap_ambiguity", Number, "", "Confirmed tracks for each tracked object", |row| {
            Cell::Number(row.outcome.siap.ambiguity)
        }),
        always("siap_spuriousness", Number, "", "Share of confirmed tracks on nothing", |row| {
            Cell::Number(row.outcome.siap.spuriousness)
        }),
        always("received_bytes", Integer, "B", "What the links to the node carried", |row| {
            Cell::Integer(i64::try_from(row.received_bytes).unwrap_or(i64::MAX))
        }),
    ],
};

/// One row for each run, regime, node and instant.
pub const SAMPLES: Table = Table {
    file: "samples.parquet",
    own: &[
        always("time_s", Number, "s", "Time since launch", |row| Cell::Number(row.time_s)),
        always("has_track", Flag, "", "Whether the node had a confirmed track of the missile", |row| {
            Cell::Flag(row.sample.has_track)
        }),
        maybe("position_error_m", Number, "m", "Error of the estimated position; null: no track", |row| {
            number(row.sample.position_error_m)
        }),
        maybe(
            "nees",
            Number,
            "",
            "Normalised error squared of position and velocity; 6 is right on average",
            |row| number(row.sample.nees),
        ),
        maybe(
            "impact_error_m",
            Number,
            "m",
            "Distance on the ground between predicted and true impact; null, as all of the impact: no estimate",
            |row| of_impact(row, |impact| impact.error_m),
        ),
        maybe("impact_time_error_s", Number, "s", "Predicted less true time of impact", |row| {
            of_impact(row, |impact| impact.time_error_s)
        }),
        maybe(
            "impact_latitude_deg",
            Number,
            "deg",
            "Geodetic latitude of the predicted impact, WGS-84",
            |row| of_impact(row, |impact| impact.latitude_deg),
        ),
        maybe("impact_longitude_deg", Number, "deg", "Its longitude", |row| {
            of_impact(row, |impact| impact.longitude_deg)
        }),
        maybe("ellipse_major_m", Number, "m", "Semi-major axis of its 95 % ellipse", |row| {
            of_impact(row, |impact| impact.ellipse_major_m)
        }),
        maybe("ellipse_minor_m", Number, "m", "Semi-minor axis", |row| {
            of_impact(row, |impact| impact.ellipse_minor_m)
        }),
        maybe(
            "ellipse_azimuth_rad",
            Number,
            "rad",
            "Direction of the major axis, clockwise from north",
            |row| of_impact(row, |impact| impact.ellipse_azimuth_rad),
        ),
        maybe("ellipse_covers_truth", Flag, "", "Whether the ellipse holds the true impact", |row| {
            row.sample.impact.map_or(Cell::Missing, |impact| Cell::Flag(impact.covers_truth))
        }),
        always(
            "gospa_total_m",
            Number,
            "m",
            "GOSPA of the node's picture (p = 2, alpha = 2, c = 10 km)",
            |row| Cell::Number(row.sample.gospa.total_m),
        ),
        always("gospa_localisation_m", Number, "m", "Root of its part from localisation", |row| {
            Cell::Number(row.sample.gospa.localisation_m)
        }),
        always("gospa_missed_m", Number, "m", "Root of its part from missed objects", |row| {
            Cell::Number(row.sample.gospa.missed_m)
        }),
        always("gospa_false_m", Number, "m", "Root of its part from false tracks", |row| {
            Cell::Number(row.sample.gospa.false_m)
        }),
    ],
};

/// One row for each run, regime, node and named area.
pub const AREAS: Table = Table {
    file: "areas.parquet",
    own: &[
        always("area", Text, "", "Name of the area", |row| Cell::Text(row.area_name)),
        always("answers_for_it", Flag, "", "Whether the node is one that warns it", |row| {
            Cell::Flag(row.answers)
        }),
        always(
            "threatened",
            Flag,
            "",
            "Whether the true flight crosses it or something comes down in it",
            |row| Cell::Flag(row.area.threatened),
        ),
        maybe("reached_s", Number, "s", "From launch to that; null: not threatened", |row| {
            number(row.area.reached_s)
        }),
        maybe(
            "alerted_s",
            Number,
            "s",
            "From launch to the alert, the time to disseminate included; null: not alerted",
            |row| number(row.area.alerted_s),
        ),
    ],
};
