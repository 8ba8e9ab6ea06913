//! Numbers out of a reference file, with the path of keys in every error.

use super::ReferenceError;
use nalgebra::{SMatrix, SVector};
use serde_json::Value;
use std::fmt::Display;

/// A place in a JSON document that knows how it was reached.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Place<'a> {
    /// The whole document.
    pub fn root(value: &'a Value) -> Self {
        Place { value, path: String::new() }
    }

    fn wrong(&self, expected: impl Into<String>) -> ReferenceError {
        let path = if self.path.is_empty() { "the document".to_owned() } else { self.path.clone() };
        ReferenceError::Wrong { path, expected: expected.into() }
    }

    /// The value under a key.
    ///
    /// # Errors
    /// [`ReferenceError::Wrong`] when it is missing.
    pub fn get(&self, key: &str) -> Result<Place<'a>, ReferenceError> {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        match self.value.get(key) {
            Some(value) => Ok(Place { value, path }),
            None => Err(ReferenceError::Wrong { path, expected: "present".to_owned() }),
        }
    }

    /// The value under a key, none where it is missing or null.
    pub fn optional(&self, key: &str) -> Option<Place<'a>> {
        self.get(key).ok().filter(|place| !place.value.is_null())
    }

    /// This value, none where it is null.
    pub fn present(&self) -> Option<&Self> {
        (!self.value.is_null()).then_some(self)
    }

    /// The members of a list.
    ///
    /// # Errors
    /// [`ReferenceError::Wrong`] when it is no list.
    pub fn list(&self) -> Result<Vec<Place<'a>>, ReferenceError> {
        let members = self.value.as_array().ok_or_else(|| self.wrong("a list"))?;
        let place = |(index, value)| Place { value, path: format!("{}[{index}]", self.path) };
        Ok(members.iter().enumerate().map(place).collect())
    }

    /// Keys and values of an object, in the order of the keys' text.
    ///
    /// # Errors
    /// [`ReferenceError::Wrong`] when it is no object.
    pub fn entries(&self) -> Result<Vec<(&'a str, Place<'a>)>, ReferenceError> {
        let entries = self.value.as_object().ok_or_else(|| self.wrong("an object"))?;
        entries.keys().map(|key| Ok((key.as_str(), self.get(key)?))).collect()
    }

    /// A finite number.
    ///
    /// # Errors
    /// [`ReferenceError::Wrong`] when it is none.
    pub fn number(&self) -> Result<f64, ReferenceError> {
        self.value.as_f64().filter(|number| number.is_finite()).ok_or_else(|| self.wrong("a number"))
    }

    /// A text.
    ///
    /// # Errors
    /// [`ReferenceError::Wrong`] when it is none.
    pub fn text(&self) -> Result<&'a str, ReferenceError> {
        self.value.as_str().ok_or_else(|| self.wrong("a text"))
    }

    /// A list of numbers of any length.
    ///
    /// # Errors
    /// [`ReferenceError::Wrong`] for anything else.
    pub fn numbers(&self) -> Result<Vec<f64>, ReferenceError> {
        self.list()?.iter().map(Place::number).collect()
    }

    /// A list of exactly `N` numbers.
    ///
    /// # Errors
    /// [`ReferenceError::Wrong`] for anything else.
    pub fn vector<const N: usize>(&self) -> Result<SVector<f64, N>, ReferenceError> {
        let numbers = self.numbers()?;
        if numbers.len() == N {
            Ok(SVector::from_iterator(numbers))
        } else {
            Err(self.wrong(format!("a list of {N} numbers, not of {}", numbers.len())))
        }
    }

    /// A list of exactly `M` rows of `N` numbers.
    ///
    /// # Errors
    /// [`ReferenceError::Wrong`] for anything else.
    pub fn matrix<const M: usize, const N: usize>(&self) -> Result<SMatrix<f64, M, N>, ReferenceError> {
        let rows = self.list()?;
        if rows.len() != M {
            return Err(self.wrong(format!("a list of {M} rows, not of {}", rows.len())));
        }
        let mut matrix = SMatrix::<f64, M, N>::zeros();
        for (index, row) in rows.iter().enumerate() {
            matrix.set_row(index, &row.vector::<N>()?.transpose());
        }
        Ok(matrix)
    }

    /// How many members a list has: the size of a vector, the rows of a matrix.
    ///
    /// # Errors
    /// [`ReferenceError::Wrong`] when it is no list.
    pub fn length(&self) -> Result<usize, ReferenceError> {
        self.value.as_array().map(Vec::len).ok_or_else(|| self.wrong("a list"))
    }

    /// What the library made of the numbers here, with the place in its error.
    ///
    /// # Errors
    /// [`ReferenceError::Calculation`] for the library's error.
    pub fn calculated<T, E: Display>(&self, result: Result<T, E>) -> Result<T, ReferenceError> {
        result.map_err(|error| ReferenceError::Calculation {
            path: self.path.clone(),
            reason: error.to_string(),
        })
    }

    /// An error for a size that no check here is made for.
    pub fn unsupported(&self, what: impl Into<String>) -> ReferenceError {
        self.wrong(what)
    }
}

/// Whether a document has something under a path of keys; `*` stands for the first member of a list or object.
pub(super) fn holds(document: &Value, path: &str) -> bool {
    let found = path.split('/').try_fold(document, |value, key| match (key, value) {
        ("*", Value::Array(members)) => members.first(),
        ("*", Value::Object(entries)) => entries.values().next(),
        _ => value.get(key),
    });
    found.is_some()
}

/// Calls a function that is generic over a size (`f::<N>(arguments)`) for the size that a file gives, 1 to 9; a
/// [`ReferenceError`] at `place` for other sizes.
macro_rules! for_size {
    ($place:expr, $size:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $size {
            1 => $function::<1>($($argument),*),
            2 => $function::<2>($($argument),*),
            3 => $function::<3>($($argument),*),
            4 => $function::<4>($($argument),*),
            5 => $function::<5>($($argument),*),
            6 => $function::<6>($($argument),*),
            7 => $function::<7>($($argument),*),
            8 => $function::<8>($($argument),*),
            9 => $function::<9>($($argument),*),
            other => Err($place.unsupported(format!("of a size from 1 to 9, not {other}"))),
        }
    };
}

/// The same for two sizes: states of 1 to 9, measurements of 1 to 3 (`f::<N, M>(arguments)`).
macro_rules! for_sizes {
    ($place:expr, $size:expr, $measured:expr, $function:ident $arguments:tt) => {
        match $measured {
            1 => for_sizes!(@ $place, $size, 1, $function $arguments),
            2 => for_sizes!(@ $place, $size, 2, $function $arguments),
            3 => for_sizes!(@ $place, $size, 3, $function $arguments),
            other => Err($place.unsupported(format!("measurements of a size from 1 to 3, not {other}"))),
        }
    };
    (@ $place:expr, $size:expr, $measured:literal, $function:ident($($argument:expr),* $(,)?)) => {
        match $size {
            1 => $function::<1, $measured>($($argument),*),
            2 => $function::<2, $measured>($($argument),*),
            3 => $function::<3, $measured>($($argument),*),
            4 => $function::<4, $measured>($($argument),*),
            5 => $function::<5, $measured>($($argument),*),
            6 => $function::<6, $measured>($($argument),*),
            7 => $function::<7, $measured>($($argument),*),
            8 => $function::<8, $measured>($($argument),*),
            9 => $function::<9, $measured>($($argument),*),
            other => Err($place.unsupported(format!("states of a size from 1 to 9, not {other}"))),
        }
    };
}

pub(super) use for_size;
pub(super) use for_sizes;
