//! A table to a Parquet file: columns are gathered until a row group is full.

use super::Row;
use super::columns::{Cell, Column, Kind, Table};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use std::io::Write;
use std::sync::Arc;
use thiserror::Error;

/// Rows of a row group, but for the last of a file.
pub const ROWS_IN_GROUP: usize = 1 << 17;

/// Why a table could not be written.
#[derive(Debug, Error)]
#[error("the table cannot be written: {0}")]
pub struct ResultsError(#[from] ParquetError);

/// The values of one column in the row group that is being gathered.
struct Gathered {
    column: &'static Column,
    values: Values,
    /// 1 where a row has a value and 0 where not; unused where all have.
    levels: Vec<i16>,
}

enum Values {
    Text(Vec<ByteArray>),
    Integer(Vec<i64>),
    Number(Vec<f64>),
    Flag(Vec<bool>),
}

/// Writes one table, row by row.
pub struct TableWriter<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Gathered>,
    rows: usize,
}

impl<W: Write + Send> TableWriter<W> {
    /// Begins a table.
    ///
    /// # Errors
    /// [`ResultsError`] where nothing can be written.
    pub fn new(to: W, table: &Table) -> Result<Self, ResultsError> {
        let fields = table.columns().map(field).collect::<Result<_, _>>()?;
        let schema = Type::group_type_builder("row").with_fields(fields).build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("vantage {}", env!("CARGO_PKG_VERSION")))
            // Ours end where we say.
            .set_max_row_group_row_count(None)
            .build();
        let writer = SerializedFileWriter::new(to, Arc::new(schema), Arc::new(properties))?;
        let columns = table.columns().map(Gathered::new).collect();
        Ok(TableWriter { writer, columns, rows: 0 })
    }

    pub(super) fn push(&mut self, row: &Row<'_>) -> Result<(), ResultsError> {
        self.columns.iter_mut().for_each(|column| column.push(row));
        self.rows += 1;
        if self.rows == ROWS_IN_GROUP { self.write_group() } else { Ok(()) }
    }

    fn write_group(&mut self) -> Result<(), ResultsError> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            if let Some(writer) = group.next_column()? {
                column.write(writer)?;
            }
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }

    /// Ends the table and gives back what it was written to.
    ///
    /// # Errors
    /// [`ResultsError`] where nothing can be written.
    pub fn finish(mut self) -> Result<W, ResultsError> {
        if self.rows > 0 {
            self.write_group()?;
        }
        Ok(self.writer.into_inner()?)
    }
}

fn field(column: &'static Column) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical) = match column.kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Integer => (Physical::INT64, None),
        Kind::Number => (Physical::DOUBLE, None),
        Kind::Flag => (Physical::BOOLEAN, None),
    };
    let repetition = if column.is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    let builder = Type::primitive_type_builder(column.name, physical);
    builder.with_repetition(repetition).with_logical_type(logical).build().map(Arc::new)
}

impl Gathered {
    fn new(column: &'static Column) -> Gathered {
        let values = match column.kind {
            Kind::Text => Values::Text(Vec::new()),
            Kind::Integer => Values::Integer(Vec::new()),
            Kind::Number => Values::Number(Vec::new()),
            Kind::Flag => Values::Flag(Vec::new()),
        };
        Gathered { column, values, levels: Vec::new() }
    }

    fn push(&mut self, row: &Row<'_>) {
        let is_there = match ((self.column.cell)(row), &mut self.values) {
            (Cell::Text(value), Values::Text(values)) => {
                // Names repeat from row to row: they share their bytes.
                let same = values.last().filter(|last| last.data() == value.as_bytes()).cloned();
                values.push(same.unwrap_or_else(|| ByteArray::from(value)));
                true
            }
            (Cell::Integer(value), Values::Integer(values)) => {
                values.push(value);
                true
            }
            (Cell::Number(value), Values::Number(values)) => {
                values.push(value);
                true
            }
            (Cell::Flag(value), Values::Flag(values)) => {
                values.push(value);
                true
            }
            // A cell of another kind than its column would be missing: a test writes and reads every column.
            _ => false,
        };
        self.levels.push(i16::from(is_there));
    }

    /// Writes what was gathered, and is empty again.
    fn write(&mut self, mut writer: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = self.column.is_optional.then_some(self.levels.as_slice());
        match (writer.untyped(), &mut self.values) {
            (ColumnWriter::ByteArrayColumnWriter(to), Values::Text(values)) => {
                to.write_batch(values, levels, None)?;
                values.clear();
            }
            (ColumnWriter::Int64ColumnWriter(to), Values::Integer(values)) => {
                to.write_batch(values, levels, None)?;
                values.clear();
            }
            (ColumnWriter::DoubleColumnWriter(to), Values::Number(values)) => {
                to.write_batch(values, levels, None)?;
                values.clear();
            }
            (ColumnWriter::BoolColumnWriter(to), Values::Flag(values)) => {
                to.write_batch(values, levels, None)?;
                values.clear();
            }
            _ => {
                let what = format!("column {} is not of the type in the schema", self.column.name);
                return Err(ParquetError::General(what));
            }
        }
        self.levels.clear();
        writer.close()
    }
}
