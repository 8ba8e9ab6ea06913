//! The journal of a study in its folder: what each run gave, appended as it comes, readable one run at a time.
//!
//! A run whose frame was cut, because the program was stopped while it wrote, is as if it had not been done; any other
//! damage is an error. One program at a time has it: the file is locked.

use crate::failure::Failure;
use crate::words::size;
use recording::{
    JOURNAL_FRAME_HEAD_BYTES, JOURNAL_PRELUDE_BYTES, Part, Place, RecordingError, begin_journal,
    journal_frame, journal_frame_bytes, journal_header, journal_header_bytes, journal_value,
};
use serde::{Deserialize, Serialize};
use sharing_study::plan::{Shard, StudyPlan};
use sharing_study::study::RunRecord;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The name of the file in a study's folder.
pub const NAME: &str = "study.journal";

/// What a journal says before its first frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// What is to be done.
    pub plan: StudyPlan,
    /// The part of it that is done here, if not the whole.
    pub shard: Option<Shard>,
}

/// A frame: one run of one scenario.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// The scenario's place in the plan.
    scenario: u32,
    record: RunRecord,
}

/// Where a run's frame lies.
#[derive(Clone, Copy, Debug)]
struct Slot {
    offset: u64,
    bytes: u64,
}

/// A scenario's place in the plan, and a run of it.
pub type Task = (u32, u32);

/// A journal that is open.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    header: Header,
    slots: BTreeMap<Task, Slot>,
    end: u64,
    /// Where the frames begin.
    begin: u64,
}

/// What is to be done about a frame that was cut at the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Torn {
    /// Cut it off, to go on.
    Cut,
    /// It is an error: the study is not whole.
    Refuse,
}

impl Journal {
    /// A new journal in place of whatever there was.
    pub fn create(path: &Path, header: Header) -> Result<Journal, Failure> {
        let fault = |error: std::io::Error| unwritable(path, &error);
        let bytes = begin_journal(&header).map_err(|error| {
            Failure::new(
                format!("{}: the plan cannot be written: {error}", path.display()),
                "study fewer scenarios at a time",
            )
        })?;
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(path).map_err(fault)?;
        // Emptied only once nobody else has it.
        lock(&file, path)?;
        file.set_len(0).map_err(fault)?;
        file.write_all(&bytes).and_then(|()| file.sync_data()).map_err(fault)?;
        let begin = bytes.len() as u64;
        Ok(Journal { path: path.to_owned(), file, header, slots: BTreeMap::new(), end: begin, begin })
    }

    /// A journal that is there: its header and where each run lies. Every frame is checked. Also gives how many bytes of a
    /// torn frame were cut off.
    pub fn open(path: &Path, torn: Torn) -> Result<(Journal, u64), Failure> {
        let may_write = torn == Torn::Cut;
        let file = OpenOptions::new().read(true).write(may_write).open(path).map_err(|error| {
            Failure::new(
                format!("cannot open {}: {error}", path.display()),
                "name the folder of a study: `vantage study --out DIR` makes one",
            )
        })?;
        lock(&file, path)?;
        let length = file.metadata().map_err(|error| unreadable(path, &error))?.len();
        let mut reader = Frames { path, reader: BufReader::new(file), offset: 0, length, frames: 0 };
        let header = reader.header()?;
        let begin = reader.offset;
        let mut slots = BTreeMap::new();
        while let Some((entry, slot)) = reader.next()? {
            let task = (entry.scenario, entry.record.run);
            let is_planned = header.plan.scenarios.len() as u64 > u64::from(task.0)
                && task.1 < header.plan.runs
                && header.shard.is_none_or(|shard| shard.has(task, header.plan.runs));
            if !is_planned || slots.insert(task, slot).is_some() {
                let what = if is_planned { "is there twice" } else { "is none of this study's" };
                let (frame, run) = (reader.frames, task.1);
                return Err(damaged(path, &format!("frame {frame}: run {run} {what}")));
            }
        }
        let (end, file) = (reader.offset, reader.reader.into_inner());
        let cut = length - end;
        if cut > 0 && torn == Torn::Refuse {
            return Err(Failure::new(
                format!("{}: the last frame is not whole ({} of it)", path.display(), size(cut)),
                "the study was stopped while it wrote: the same `vantage study` command again goes on with it",
            ));
        }
        if cut > 0 {
            file.set_len(end).and_then(|()| file.sync_data()).map_err(|error| unwritable(path, &error))?;
        }
        Ok((Journal { path: path.to_owned(), file, header, slots, end, begin }, cut))
    }

    /// What is to be done.
    pub fn plan(&self) -> &StudyPlan {
        &self.header.plan
    }

    /// The part of it that is done here.
    pub fn shard(&self) -> Option<Shard> {
        self.header.shard
    }

    /// Whether what a run gave is here.
    pub fn has(&self, task: Task) -> bool {
        self.slots.contains_key(&task)
    }

    /// The runs that are here, in order.
    pub fn tasks(&self) -> impl Iterator<Item = Task> {
        self.slots.keys().copied()
    }

    /// Appends what a run gave.
    pub fn append(&mut self, scenario: u32, record: RunRecord) -> Result<(), Failure> {
        let task = (scenario, record.run);
        let bytes = journal_frame(&Entry { scenario, record })
            .map_err(|error| damaged(&self.path, &format!("run {} cannot be written: {error}", task.1)))?;
        self.append_bytes(task, &bytes)
    }

    fn append_bytes(&mut self, task: Task, bytes: &[u8]) -> Result<(), Failure> {
        let fault = |error: std::io::Error| unwritable(&self.path, &error);
        self.file.seek(SeekFrom::Start(self.end)).map_err(fault)?;
        self.file.write_all(bytes).and_then(|()| self.file.sync_data()).map_err(fault)?;
        self.slots.insert(task, Slot { offset: self.end, bytes: bytes.len() as u64 });
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// What a run gave, if it was done.
    pub fn record(&mut self, task: Task) -> Result<Option<RunRecord>, Failure> {
        let Some(bytes) = self.frame(task)? else { return Ok(None) };
        let at = Place { part: Part::Frame(0), offset: self.slots[&task].offset };
        let (head, body) = bytes.split_first_chunk().ok_or_else(|| damaged(&self.path, "a frame is cut"))?;
        let entry: Entry = journal_value(head, body, at).map_err(|error| recorded(&self.path, &error))?;
        Ok(Some(entry.record))
    }

    /// The bytes of a run's frame.
    fn frame(&mut self, task: Task) -> Result<Option<Vec<u8>>, Failure> {
        let Some(slot) = self.slots.get(&task).copied() else { return Ok(None) };
        // The length was checked when the journal was opened, or is what was written.
        let mut bytes = vec![0; slot.bytes as usize];
        let read =
            self.file.seek(SeekFrom::Start(slot.offset)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|error| unreadable(&self.path, &error))?;
        Ok(Some(bytes))
    }

    /// Whether the frames stand in the order of their runs, with nothing between.
    pub fn is_in_order(&self) -> bool {
        let mut offset = self.begin;
        self.slots.values().all(|slot| {
            let is_next = slot.offset == offset;
            offset += slot.bytes;
            is_next
        })
    }
}

/// Writes the runs of several journals into one, in order: the file is the same whoever did which run when.
pub fn write_in_order(path: &Path, header: Header, sources: &mut [Journal]) -> Result<Journal, Failure> {
    // Always the same name, so that what a kill leaves behind is written over.
    let partial = path.with_file_name(format!(".{NAME}.partial"));
    let fault = |error: std::io::Error| unwritable(path, &error);
    let mut tasks: Vec<(Task, usize)> = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        tasks.extend(source.tasks().map(|task| (task, index)));
    }
    tasks.sort_unstable();
    let mut journal = Journal::create(&partial, header)?;
    let mut writer = BufWriter::new(journal.file.try_clone().map_err(fault)?);
    for (task, index) in tasks {
        let Some(bytes) = sources[index].frame(task)? else { continue };
        writer.write_all(&bytes).map_err(fault)?;
        journal.slots.insert(task, Slot { offset: journal.end, bytes: bytes.len() as u64 });
        journal.end += bytes.len() as u64;
    }
    writer.flush().and_then(|()| journal.file.sync_all()).map_err(fault)?;
    std::fs::rename(&partial, path).map_err(fault)?;
    journal.path = path.to_owned();
    Ok(journal)
}

/// Reads a journal from its beginning.
struct Frames<'a> {
    path: &'a Path,
    reader: BufReader<File>,
    offset: u64,
    length: u64,
    frames: u64,
}

impl Frames<'_> {
    fn header(&mut self) -> Result<Header, Failure> {
        let fault = |error: &RecordingError| recorded(self.path, error);
        let mut prelude = [0; JOURNAL_PRELUDE_BYTES];
        let cut = || damaged(self.path, "the header is cut");
        self.reader.read_exact(&mut prelude).map_err(|_| cut())?;
        let bytes = journal_header_bytes(&prelude).map_err(|error| fault(&error))?;
        let mut body = vec![0; bytes];
        self.reader.read_exact(&mut body).map_err(|_| cut())?;
        self.offset = (prelude.len() + body.len()) as u64;
        journal_header(&prelude, &body).map_err(|error| fault(&error))
    }

    /// The next frame; none at the end or where the rest is a frame that was cut.
    fn next(&mut self) -> Result<Option<(Entry, Slot)>, Failure> {
        let left = self.length - self.offset;
        let at = Place { part: Part::Frame(self.frames + 1), offset: self.offset };
        let fault = |error: &RecordingError| recorded(self.path, error);
        let mut head = [0; JOURNAL_FRAME_HEAD_BYTES];
        if left < head.len() as u64 {
            return Ok(None);
        }
        self.reader.read_exact(&mut head).map_err(|error| unreadable(self.path, &error))?;
        // A machine that lost its power may leave zeros where a frame was to be.
        if head == [0; JOURNAL_FRAME_HEAD_BYTES] && self.rest_is_zero()? {
            return Ok(None);
        }
        let bytes = journal_frame_bytes(&head, at).map_err(|error| fault(&error))?;
        let whole = (head.len() + bytes) as u64;
        if whole > left {
            return Ok(None);
        }
        let mut body = vec![0; bytes];
        self.reader.read_exact(&mut body).map_err(|error| unreadable(self.path, &error))?;
        let entry = match journal_value(&head, &body, at) {
            Ok(entry) => entry,
            // The last frame may have been cut in the middle of what a disk writes at once: that run is done again.
            Err(RecordingError::Checksum { .. }) if whole == left => return Ok(None),
            Err(error) => return Err(fault(&error)),
        };
        let slot = Slot { offset: self.offset, bytes: whole };
        self.offset += whole;
        self.frames += 1;
        Ok(Some((entry, slot)))
    }

    fn rest_is_zero(&mut self) -> Result<bool, Failure> {
        let mut block = [0; 4096];
        loop {
            match self.reader.read(&mut block).map_err(|error| unreadable(self.path, &error))? {
                0 => return Ok(true),
                read if block[..read].iter().any(|byte| *byte != 0) => return Ok(false),
                _ => {}
            }
        }
    }
}

fn lock(file: &File, path: &Path) -> Result<(), Failure> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Failure::new(
            format!("{} is in use by another vantage", path.display()),
            "wait until it is done, or give this study a folder of its own with --out",
        )),
        Err(TryLockError::Error(error)) => Err(unreadable(path, &error)),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot read {}: {error}", path.display()), "check the folder and the disk")
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let help = "check that the folder exists and can be written to, and that there is room; then the same command goes on";
    Failure::new(format!("cannot write {}: {error}", path.display()), help)
}

fn damaged(path: &Path, what: &str) -> Failure {
    Failure::new(
        format!("{}: {what}", path.display()),
        "the file is damaged: take it from a copy, or delete it and run the study again",
    )
}

fn recorded(path: &Path, error: &RecordingError) -> Failure {
    match error {
        RecordingError::NotAJournal { .. } => Failure::new(
            format!("{}: {error}", path.display()),
            "name the folder of a study: `vantage study --out DIR` makes one",
        ),
        RecordingError::UnsupportedJournal { .. } => Failure::new(
            format!("{}: {error}", path.display()),
            "run the study again with this version, or read it with the one that wrote it",
        ),
        error => damaged(path, &error.to_string()),
    }
}
