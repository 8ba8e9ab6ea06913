//! Peers in other languages: programs that are made where they can be, and asked by lines.
//!
//! `load TASK COUNT NUMBERS..` answers `ok`, `result TASK` the count of numbers and these, `time TASK REPETITIONS` the
//! thread's own time, ns. A line that begins with `error` says what is wrong. A program ends with its input.

use super::contest::Run;
use crate::SceneError;
use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;

/// A program that is asked by lines; several contestants share one.
#[derive(Clone, Debug)]
pub struct Peer(Rc<RefCell<Lines>>);

#[derive(Debug)]
struct Lines {
    name: String,
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Drop for Lines {
    /// Ends its input, and waits until it has ended itself.
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.process.wait();
    }
}

impl Lines {
    fn ask(&mut self, question: &str) -> Result<String, SceneError> {
        let died = |name: &str| format!("{name} has ended without an answer");
        let input = self.input.as_mut().ok_or_else(|| died(&self.name))?;
        writeln!(input, "{question}")?;
        input.flush()?;
        let mut answer = String::new();
        if self.output.read_line(&mut answer)? == 0 {
            return Err(died(&self.name).into());
        }
        match answer.trim().strip_prefix("error") {
            Some(reason) => Err(format!("{}: {}", self.name, reason.trim()).into()),
            None => Ok(answer.trim().to_owned()),
        }
    }
}

impl Peer {
    fn start(name: &str, command: &mut Command) -> Result<Self, SceneError> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, output) = (process.stdin.take(), process.stdout.take().ok_or("no output")?);
        let lines = Lines { name: name.to_owned(), process, input, output: BufReader::new(output) };
        Ok(Peer(Rc::new(RefCell::new(lines))))
    }

    /// Hands over what a task is done on.
    ///
    /// # Errors
    /// When the program has died or does not know the task.
    pub fn load(&self, task: &str, numbers: &[f64]) -> Result<(), SceneError> {
        let numbers: Vec<String> = numbers.iter().map(|number| format!("{number:e}")).collect();
        let line = format!("load {task} {} {}", numbers.len(), numbers.join(" "));
        self.0.borrow_mut().ask(&line).map(|_| ())
    }

    /// What comes of a task.
    ///
    /// # Errors
    /// As [`Peer::load`].
    pub fn result(&self, task: &str) -> Result<Vec<f64>, SceneError> {
        let answer = self.0.borrow_mut().ask(&format!("result {task}"))?;
        let mut words = answer.split_whitespace();
        let count: usize = words.next().unwrap_or_default().parse()?;
        let numbers = words.map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        if numbers.len() == count {
            Ok(numbers)
        } else {
            Err(format!("{task}: {count} numbers announced").into())
        }
    }

    /// Time of a task, for [`super::contest::Contest::enter`].
    pub fn timed(&self, task: &str) -> Run {
        let (lines, task) = (Rc::clone(&self.0), task.to_owned());
        Box::new(move |repetitions| {
            let answer = lines.borrow_mut().ask(&format!("time {task} {repetitions}"))?;
            Ok(answer.parse()?)
        })
    }
}

/// The peers in other languages, made when they are first asked for.
#[derive(Debug)]
pub struct Peers {
    folder: PathBuf,
    made: Vec<(&'static str, Result<Peer, String>)>,
}

const PROTOCOL: (&str, &str) = ("lines.hpp", include_str!("../../peers/lines.hpp"));
const RATES: &str = include_str!("../../peers/rates.cpp");
const EIGEN: &str = include_str!("../../peers/eigen.cpp");
const PYTHON: (&str, &str) = ("peers.py", include_str!("../../peers/peers.py"));
const REQUIREMENTS: (&str, &str) = ("requirements.txt", include_str!("../../peers/requirements.txt"));
/// Where Eigen's headers lie, if not where the compiler looks anyway.
const EIGEN_FOLDERS: [&str; 3] =
    ["/usr/include/eigen3", "/usr/local/include/eigen3", "/opt/homebrew/include/eigen3"];

impl Peers {
    /// That are made in this folder.
    pub fn new(folder: &Path) -> Self {
        Peers { folder: folder.to_owned(), made: Vec::new() }
    }

    /// The machine's rates.
    ///
    /// # Errors
    /// Why it cannot be made, in words.
    pub fn rates(&mut self) -> Result<Peer, String> {
        self.once("rates", |folder| compiled(folder, "rates", RATES, &[]))
    }

    /// Eigen.
    ///
    /// # Errors
    /// Why it cannot be made, in words.
    pub fn eigen(&mut self) -> Result<Peer, String> {
        let folders = EIGEN_FOLDERS.map(|folder| format!("-I{folder}"));
        self.once("eigen", |folder| compiled(folder, "eigen", EIGEN, &folders))
    }

    /// Stone Soup, FilterPy and scipy, in a virtual environment of their own.
    ///
    /// # Errors
    /// Why it cannot be made, in words.
    pub fn python(&mut self) -> Result<Peer, String> {
        self.once("python", in_environment)
    }

    fn once(
        &mut self,
        name: &'static str,
        make: impl FnOnce(&Path) -> Result<Peer, String>,
    ) -> Result<Peer, String> {
        if let Some((_, made)) = self.made.iter().find(|(known, _)| *known == name) {
            return made.clone();
        }
        let made = std::fs::create_dir_all(&self.folder)
            .map_err(|error| format!("{} cannot be made: {error}", self.folder.display()))
            .and_then(|()| make(&self.folder));
        self.made.push((name, made.clone()));
        made
    }
}

/// The C++ compiler: what `CXX` names, or `c++`.
fn compiler() -> String {
    std::env::var("CXX").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "c++".to_owned())
}

/// Compiles a program, unless the same was compiled before, and starts it.
fn compiled(folder: &Path, name: &str, source: &str, arguments: &[String]) -> Result<Peer, String> {
    let compiler = compiler();
    let mut words = ["-std=c++17", "-O3", "-march=native"].map(str::to_owned).to_vec();
    words.extend_from_slice(arguments);
    let (from, program) = (format!("{name}.cpp"), folder.join(name));
    let made_of = format!(
        "// {compiler} {}\n// {}\n{}\n{source}",
        words.join(" "),
        env!("CARGO_PKG_VERSION"),
        PROTOCOL.1
    );
    let (note, written) = (folder.join(format!("{name}.made-of")), |error| format!("{name}: {error}"));
    if std::fs::read_to_string(&note).ok().as_ref() != Some(&made_of) || !program.is_file() {
        std::fs::write(folder.join(PROTOCOL.0), PROTOCOL.1).map_err(written)?;
        std::fs::write(folder.join(&from), source).map_err(written)?;
        let mut command = Command::new(&compiler);
        command.current_dir(folder).args(&words).args(["-o", name, &from]);
        let output = command.output().map_err(|error| format!("no C++ compiler `{compiler}`: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let first = said.lines().find(|line| line.contains("error")).unwrap_or("").to_owned();
            return Err(format!("`{compiler}` does not compile {from}: {first}"));
        }
        std::fs::write(&note, &made_of).map_err(written)?;
    }
    let program = std::path::absolute(&program).map_err(written)?;
    Peer::start(name, &mut Command::new(program)).map_err(|error| format!("{name}: {error}"))
}

/// Makes a virtual environment with what is required, unless it is there, and starts the program in it.
fn in_environment(folder: &Path) -> Result<Peer, String> {
    let written = |error| format!("python: {error}");
    std::fs::write(folder.join(PYTHON.0), PYTHON.1).map_err(written)?;
    std::fs::write(folder.join(REQUIREMENTS.0), REQUIREMENTS.1).map_err(written)?;
    let (python, note) = ("venv/bin/python", folder.join("venv/made-of"));
    if std::fs::read_to_string(&note).ok().as_deref() != Some(REQUIREMENTS.1) {
        let _ = writeln!(std::io::stderr(), "peers: makes a virtual environment, once");
        said_well(Command::new("python3").current_dir(folder).args(["-m", "venv", "venv"]))?;
        let install =
            ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS.0];
        let program = std::path::absolute(folder.join(python)).map_err(written)?;
        said_well(Command::new(program).current_dir(folder).args(install))?;
        std::fs::write(&note, REQUIREMENTS.1).map_err(written)?;
    }
    // One thread each, as everybody has.
    let python = std::path::absolute(folder.join(python)).map_err(written)?;
    let mut command = Command::new(python);
    command.current_dir(folder).arg(PYTHON.0).env("OPENBLAS_NUM_THREADS", "1").env("OMP_NUM_THREADS", "1");
    Peer::start("python", &mut command).map_err(|error| format!("python: {error}"))
}

/// Runs a command; its last word to standard error where it ends badly.
fn said_well(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("no {name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name}: {}", said.trim().lines().last().unwrap_or("ended badly")))
}
