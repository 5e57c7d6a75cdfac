//! What answers are written on: so many columns, a few inks, wrapped texts and tables.
//!
//! Everything is written with its colours; the stream it goes to takes them away again unless it
//! is a terminal that shows them.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use events::Language;

/// The narrowest paper that tables and stories still read well on, columns.
const COLUMNS_MIN: usize = 60;
/// The widest lines that eyes follow, columns.
const COLUMNS_MAX: usize = 120;
/// The width where nobody says how wide it is, columns.
const COLUMNS_UNKNOWN: usize = 100;

/// How wide to write, and in which language the labels are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paper {
    /// Columns.
    pub(super) width: usize,
    /// Whether tables are cut to it; what another program reads is not.
    pub(super) cut: bool,
    /// Of labels; what happened comes in the language that was asked for.
    pub(super) language: Language,
}

impl Paper {
    /// The terminal's own width, or what another program reads well.
    pub(super) fn of_terminal(columns: Option<u16>) -> Self {
        let width = columns.map_or(COLUMNS_UNKNOWN, usize::from);
        Self {
            width: width.clamp(COLUMNS_MIN, COLUMNS_MAX),
            cut: columns.is_some(),
            language: Language::En,
        }
    }

    /// The same with labels in a language.
    pub(super) fn in_language(self, language: Language) -> Self {
        Self { language, ..self }
    }

    /// A label in the paper's language.
    pub(super) fn say<'a>(&self, english: &'a str, french: &'a str) -> &'a str {
        match self.language {
            Language::En => english,
            Language::Fr => french,
        }
    }
}

/// With what something is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Ink {
    /// As everything.
    #[default]
    Plain,
    /// What the eye is to find first.
    Strong,
    /// What it may pass over.
    Faint,
    /// A reference to type again.
    Reference,
    /// It was kept, it is well.
    Good,
    /// Look at this.
    Warning,
    /// It was not kept.
    Bad,
}

impl Ink {
    const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Reference => AnsiColor::Cyan.on_default(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warning => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
        }
    }

    /// Writes a text, which is shown without anything that would steer the terminal.
    pub(super) fn write(self, text: &str) -> String {
        let (style, text) = (self.style(), shown(text));
        format!("{style}{text}{style:#}")
    }
}

/// A text as it may be shown: what steers terminals is gone, whoever wrote it.
fn shown(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// How many columns a text takes; each letter counts as one.
pub(super) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// A text in lines of at most so many columns, broken between words and where it breaks itself.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let mut word = shown(word);
            if !line.is_empty() && columns(&line) + 1 + columns(&word) > width {
                lines.push(std::mem::take(&mut line));
            }
            // A word longer than the line is cut: a link, an id.
            while columns(&word) > width {
                let rest = word.chars().skip(width).collect();
                let head: String = word.chars().take(width).collect();
                lines.push(head);
                word = rest;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        lines.push(line);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// Lines under each other behind a margin; the first stands behind a label.
#[derive(Debug, Clone, Copy)]
pub(super) struct Margin {
    /// Columns before the label.
    pub(super) indent: usize,
    /// Columns for the label, the gap behind it included.
    pub(super) label: usize,
}

impl Margin {
    /// Writes a text behind this margin, wrapped to the paper, its first line behind the label.
    pub(super) fn write(self, paper: &Paper, label: (&str, Ink), text: (&str, Ink)) -> String {
        let ((label, label_ink), (text, text_ink)) = (label, text);
        let start = self.indent + self.label;
        let mut page = String::new();
        for (index, line) in wrapped(text, paper.width.saturating_sub(start)).iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let gap = " ".repeat(self.label.saturating_sub(columns(label)));
            let label = if label.is_empty() { String::new() } else { label_ink.write(label) };
            let line = if line.is_empty() { String::new() } else { text_ink.write(line) };
            let indent = " ".repeat(self.indent);
            push_line(&mut page, &format!("{indent}{label}{gap}{line}"));
        }
        page
    }
}

/// Adds a line, without blanks at its end.
pub(super) fn push_line(page: &mut String, line: &str) {
    page.push_str(line.trim_end());
    page.push('\n');
}

/// A table: a line per row, columns as wide as what stands in them.
#[derive(Debug, Default)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<(String, Ink)>>,
}

#[derive(Debug)]
struct Column {
    title: &'static str,
    side: Side,
}

/// On which side of its column a value stands, and whether it gives way where room is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// On the left.
    Left,
    /// On the right, as figures do.
    Right,
    /// On the left, and cut first.
    Yielding,
}

impl Table {
    /// A table with these columns.
    pub(super) fn of(columns: &[(&'static str, Side)]) -> Self {
        let columns = columns.iter().map(|(title, side)| Column { title, side: *side }).collect();
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub(super) fn row<const N: usize>(&mut self, cells: [(String, Ink); N]) {
        self.rows.push(cells.into());
    }

    /// The table as text.
    pub(super) fn write(&self, paper: &Paper) -> String {
        let widths = self.widths(paper);
        let mut page = String::new();
        let titles = self.columns.iter().map(|column| (column.title, Ink::Faint));
        push_line(&mut page, &self.line(titles, &widths));
        for row in &self.rows {
            let cells = row.iter().map(|(text, ink)| (text.as_str(), *ink));
            push_line(&mut page, &self.line(cells, &widths));
        }
        page
    }

    fn widths(&self, paper: &Paper) -> Vec<usize> {
        let widest = |(index, column): (usize, &Column)| {
            let cells = self.rows.iter().filter_map(|row| row.get(index));
            let cells = cells.map(|(text, _)| columns(text));
            cells.chain([columns(column.title)]).max().unwrap_or(0)
        };
        let mut widths: Vec<_> = self.columns.iter().enumerate().map(widest).collect();
        let gaps = 2 * widths.len().saturating_sub(1);
        let mut over = (widths.iter().sum::<usize>() + gaps).saturating_sub(paper.width);
        if paper.cut {
            for (width, column) in widths.iter_mut().zip(&self.columns) {
                if column.side == Side::Yielding {
                    let least = columns(column.title).max(8);
                    let given = over.min(width.saturating_sub(least));
                    *width -= given;
                    over -= given;
                }
            }
        }
        widths
    }

    fn line<'a>(&self, cells: impl Iterator<Item = (&'a str, Ink)>, widths: &[usize]) -> String {
        let mut line = String::new();
        for (((text, ink), width), column) in cells.zip(widths).zip(&self.columns) {
            let text = cut(text, *width);
            let gap = " ".repeat(width.saturating_sub(columns(&text)));
            let text = ink.write(&text);
            // Writing into a string cannot fail.
            let _ = match column.side {
                Side::Right => write!(line, "{gap}{text}  "),
                Side::Left | Side::Yielding => write!(line, "{text}{gap}  "),
            };
        }
        line
    }
}

fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let head: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", head.trim_end())
}

/// What is left of a page without its colours.
#[cfg(test)]
pub(super) fn plain(page: &str) -> String {
    anstream::adapter::strip_str(page).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_breaks_between_words_and_where_it_breaks_itself() {
        let lines = wrapped("one two three\n\nfour incomprehensibilities", 8);
        let expected = ["one two", "three", "", "four", "incompre", "hensibil", "ities"];
        assert_eq!(lines, expected);
    }

    #[test]
    fn no_text_steers_the_terminal() {
        assert_eq!(wrapped("a\u{1b}[31mred\u{7}", 40), ["a [31mred"]);
        assert_eq!(plain(&Ink::Bad.write("x\u{1b}]0;title\u{7}y")), "x ]0;title y");
    }

    #[test]
    fn a_table_gives_way_where_it_may_and_only_on_a_terminal() {
        let mut table =
            Table::of(&[("ref", Side::Left), ("title", Side::Yielding), ("n", Side::Right)]);
        let title = "A very long title that says all there is to say about it and then more";
        table.row([
            ("7K3M".into(), Ink::Plain),
            (title.into(), Ink::Plain),
            ("12".into(), Ink::Plain),
        ]);
        let terminal = Paper::of_terminal(Some(60));
        let lines = plain(&table.write(&terminal));
        assert!(lines.lines().all(|line| columns(line) <= 60), "{lines}");
        assert!(lines.contains("about…  12"), "{lines}");
        let other = Paper::of_terminal(None);
        assert!(plain(&table.write(&other)).contains(title));
    }

    #[test]
    fn a_label_stands_before_the_first_line_only() {
        let paper = Paper { width: 20, cut: true, language: Language::En };
        let margin = Margin { indent: 2, label: 6 };
        let page = margin.write(&paper, ("why", Ink::Faint), ("because it is so", Ink::Plain));
        assert_eq!(plain(&page), "  why   because it\n        is so\n");
    }
}
