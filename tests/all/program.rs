//! The program as a process of its own.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The program with nothing of this process's settings.
pub(crate) fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
    for variable in ["GUICHET_DATA", "GUICHET_ROOT_KEY", "GUICHET_LISTEN", "GUICHET_LOG"] {
        command.env_remove(variable);
    }
    command.arg("--data").arg(data);
    command
}

/// The program, serving.
pub(crate) struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts it on a free port, and waits until it says where it listens.
    pub(crate) fn start(mut command: Command) -> Self {
        command.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the server starts");
        let mut output = BufReader::new(process.stdout.take().expect("piped"));
        let address = output.by_ref().lines().find_map(|line| {
            let line = line.expect("text");
            let (_, rest) = line.split_once("http://")?;
            rest.split('/').next()?.parse().ok()
        });
        Self { process, output, address: address.expect("it says where it listens") }
    }

    /// Ends it at once, as a power cut would end its machine.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("a running server");
        self.process.wait().expect("it ends");
    }

    /// Tells it to stop, as a service manager does; gives its exit code and what else it printed.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        let pid = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(told.success());
        let mut printed = String::new();
        self.output.read_to_string(&mut printed).expect("text");
        (self.process.wait().expect("it ends").code(), printed)
    }

    /// Files that it has open and that no folder names any more.
    pub(crate) fn unlinked_files(&self) -> Vec<Vec<u8>> {
        let folder = PathBuf::from(format!("/proc/{}/fd", self.process.id()));
        let open = folder.read_dir().expect("what it has open");
        let open = open.map(|entry| entry.expect("an open file").path());
        let unlinked = open.filter(|path| {
            let target = path.read_link().unwrap_or_default();
            target.is_absolute() && target.to_string_lossy().ends_with(" (deleted)")
        });
        let mut contents = Vec::new();
        for path in unlinked {
            let mut content = Vec::new();
            File::open(path).and_then(|mut file| file.read_to_end(&mut content)).expect("a file");
            contents.push(content);
        }
        contents
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
