//! How far long work has come: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(2);
/// Work shorter than this shows nothing.
const QUIET: Duration = Duration::from_millis(500);

/// Some long work.
pub(super) struct Progress {
    what: &'static str,
    total: u64,
    started: Instant,
    shown: Show,
}

enum Show {
    Bar(ProgressBar),
    Lines { last: Instant },
}

impl Progress {
    /// Work of so many steps.
    pub(super) fn of(what: &'static str, total: u64) -> Self {
        let started = Instant::now();
        let shown = if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
            let form = "{msg}  {wide_bar}  {percent:>3} %  {elapsed}";
            if let Ok(style) = ProgressStyle::with_template(form) {
                bar.set_style(style);
            }
            bar.set_message(what);
            Show::Bar(bar)
        } else {
            Show::Lines { last: started }
        };
        Self { what, total, started, shown }
    }

    /// It has come so far.
    pub(super) fn at(&mut self, done: u64) {
        if self.started.elapsed() < QUIET {
            return;
        }
        match &mut self.shown {
            Show::Bar(bar) => {
                if bar.is_hidden() {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                bar.set_position(done);
            }
            Show::Lines { last } => {
                if last.elapsed() >= LINE_EVERY {
                    *last = Instant::now();
                    let percent = (done * 100).checked_div(self.total).unwrap_or(100);
                    say(&format!("{}: {percent} %", self.what));
                }
            }
        }
    }

    /// It is done.
    pub(super) fn done(self) {
        if let Show::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
        if self.started.elapsed() >= QUIET {
            say(&format!("{}: done in {:.1} s", self.what, self.started.elapsed().as_secs_f64()));
        }
    }
}

/// A line on the error stream; who does not listen misses nothing that matters.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
