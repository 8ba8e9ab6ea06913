//! The file's text with the places of its tables and keys: so that an error says where.

use super::ScenarioError;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A place in the file's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextPosition {
    /// Line, from one.
    pub line: u32,
    /// Column, from one, in characters.
    pub column: u32,
}

impl TextPosition {
    /// The place of a byte.
    fn new(text: &str, byte: usize) -> Self {
        let before = text.char_indices().take_while(|(at, _)| *at < byte);
        let start = TextPosition { line: 1, column: 1 };
        before.fold(start, |TextPosition { line, column }, (_, letter)| match letter {
            '\n' => TextPosition { line: line.saturating_add(1), column: 1 },
            _ => TextPosition { line, column: column.saturating_add(1) },
        })
    }
}

impl fmt::Display for TextPosition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// What a TOML parser says, with its place and the line that stands there, in words for whoever writes the file.
pub(super) fn syntax(text: &str, error: &toml::de::Error) -> ScenarioError {
    /// What serde calls a type of this language, and what it is to the author of a file.
    const WORDS: [(&str, &str); 4] = [
        ("expected f64", "expected a number"),
        ("expected u32", "expected a whole number, zero or more"),
        ("expected u64", "expected a whole number, zero or more"),
        ("expected tuple struct Corner with 2 elements", "expected two numbers: latitude and longitude"),
    ];
    let at = TextPosition::new(text, error.span().map_or(0, |span| span.start));
    let message = WORDS.iter().fold(error.message().replace('\n', ", "), |message, (type_name, words)| {
        message.replace(type_name, words)
    });
    let line = text.lines().nth((at.line as usize).saturating_sub(1)).map_or("", str::trim);
    let message = if line.is_empty() { message } else { format!("`{}`: {message}", shortened(line)) };
    ScenarioError::Syntax { at, message }
}

/// A text's beginning, where it is long.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short.replace(['\n', '\r'], " ")
}

/// A text that is TOML.
pub(super) struct Document<'a> {
    text: &'a str,
    root: DeValue<'a>,
}

impl<'a> Document<'a> {
    pub fn parse(text: &'a str) -> Result<Self, ScenarioError> {
        let root = DeTable::parse(text).map_err(|error| syntax(text, &error))?;
        Ok(Document { text, root: DeValue::Table(root.into_inner()) })
    }

    /// The whole file.
    pub fn root(&self) -> Place<'_> {
        Place { text: self.text, value: Some(&self.root), bytes: 0..0, path: Vec::new(), table: 0 }
    }
}

/// One step from a table or list to what lies in it.
#[derive(Clone)]
enum Step<'a> {
    /// A key that the format knows.
    Key(Cow<'a, str>),
    /// A table whose name is the author's own.
    Entry(Cow<'a, str>),
    /// An item of a list, from zero.
    Item(usize),
}

/// A table or value of the file, with its name for people: `sensor "east", aim`.
///
/// What isn't in the file (a key left out) has the position of the table that it belongs into.
#[derive(Clone)]
pub(super) struct Place<'a> {
    text: &'a str,
    value: Option<&'a DeValue<'a>>,
    bytes: Range<usize>,
    path: Vec<Step<'a>>,
    /// How many steps lead to the innermost table around the value: the rest is its key.
    table: usize,
}

impl<'a> Place<'a> {
    /// The value here; none where a key was left out.
    pub fn value(&self) -> Option<&'a DeValue<'a>> {
        self.value
    }

    /// The value of a key of this table.
    pub fn key(&self, key: impl Into<Cow<'a, str>>) -> Place<'a> {
        let key = key.into();
        let found = self.find(&key);
        self.down(Step::Key(key), found)
    }

    /// The value of an entry of this table, where the names of the entries are the author's own.
    pub fn entry(&self, name: impl Into<Cow<'a, str>>) -> Place<'a> {
        let name = name.into();
        let found = self.find(&name);
        self.down(Step::Entry(name), found)
    }

    /// The item of this list, from zero; a table that has a name is called by it.
    pub fn item(&self, index: usize) -> Place<'a> {
        let found = self.nth(index);
        let name = found.and_then(|item| item.get_ref().as_table()?.get("name")?.get_ref().as_str());
        self.down(name.map_or(Step::Item(index), |name| Step::Entry(name.into())), found)
    }

    /// The item of this list, from zero, under a name of its own.
    pub fn named_item(&self, index: usize, name: &'a str) -> Place<'a> {
        self.down(Step::Key(name.into()), self.nth(index))
    }

    fn find(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.value?.as_table()?.get(key)
    }

    fn nth(&self, index: usize) -> Option<&'a Spanned<DeValue<'a>>> {
        self.value?.as_array()?.get(index)
    }

    fn down(&self, step: Step<'a>, found: Option<&'a Spanned<DeValue<'a>>>) -> Place<'a> {
        let is_table = self.value.is_some_and(DeValue::is_table);
        let mut path = self.path.clone();
        path.push(step);
        Place {
            text: self.text,
            value: found.map(Spanned::get_ref),
            bytes: found.map_or(self.bytes.clone(), Spanned::span),
            path,
            table: if is_table { self.path.len() } else { self.table },
        }
    }

    /// Where it stands.
    pub fn position(&self) -> TextPosition {
        TextPosition::new(self.text, self.bytes.start)
    }

    /// The value as it is written, or what it is where that is long.
    pub fn written(&self) -> String {
        match self.value {
            None => "(left out)".to_owned(),
            Some(DeValue::Array(items)) => format!("a list of {}", items.len()),
            Some(DeValue::Table(_)) => "a table".to_owned(),
            Some(_) => shortened(self.text.get(self.bytes.clone()).unwrap_or_default()),
        }
    }
}

/// The errors of a place.
impl Place<'_> {
    /// The value must be something else.
    pub fn out_of_range(&self, allowed: impl Into<String>) -> ScenarioError {
        ScenarioError::OutOfRange {
            at: self.position(),
            place: self.name_of(0, self.table),
            key: self.name_of(self.table, self.path.len()),
            value: self.written(),
            allowed: allowed.into(),
        }
    }

    /// Keys of this table are missing, or exclude each other.
    pub fn wrong_keys(&self, message: impl Into<String>) -> ScenarioError {
        let place = self.name_of(0, self.path.len());
        ScenarioError::Keys { at: self.position(), place, message: message.into() }
    }

    /// The value names a `kind` that there isn't.
    pub fn unknown<'n>(&self, kind: &'static str, known: impl Iterator<Item = &'n String>) -> ScenarioError {
        let known = known.map(String::as_str).collect::<Vec<_>>().join(", ");
        ScenarioError::Unknown {
            at: self.position(),
            place: self.name_of(0, self.table),
            key: self.name_of(self.table, self.path.len()),
            name: self.value.and_then(DeValue::as_str).unwrap_or_default().to_owned(),
            kind,
            known: if known.is_empty() { "none".to_owned() } else { known },
        }
    }

    /// The name of some steps of the path, for people.
    fn name_of(&self, from: usize, to: usize) -> String {
        let mut name = String::new();
        for step in self.path.iter().take(to).skip(from) {
            match step {
                Step::Key(key) if name.is_empty() => name.push_str(key),
                Step::Key(key) => name.extend([", ", key]),
                Step::Entry(entry) => name.extend([" \"", entry, "\""]),
                Step::Item(index) => name.push_str(&format!(" {}", index.saturating_add(1))),
            }
        }
        if name.is_empty() { "file".to_owned() } else { name }
    }
}
