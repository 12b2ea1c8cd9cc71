//! What a table has in two columns and people write as one: a folder and a name, a key and a value.

use crate::table::View;

/// Puts together what rows have apart, one table after another.
#[derive(Default)]
pub(super) struct Joined {
    member: String,
    /// The folder that robocopy listed last.
    folder: String,
}

impl Joined {
    /// The whole of a row's name, and the column that ends it.
    pub(super) fn of(
        &mut self,
        table: &str,
        view: View<'_>,
        row: usize,
    ) -> Option<(&'static str, String)> {
        let (front, column) = match table {
            "temp_files" => ("folder", "name"),
            "registry_values" => ("key", "name"),
            "autoruns" => ("key", "value_name"),
            "robocopy_files" => return Some(("name", self.listed(view, row)?)),
            _ => return None,
        };
        Some((column, path(view.text(front, row)?, view.text(column, row)?)))
    }

    /// Robocopy names a folder once, before the files in it.
    fn listed(&mut self, view: View<'_>, row: usize) -> Option<String> {
        let member = view.text("member", row)?;
        if member != self.member {
            *self = Self { member: member.to_owned(), folder: String::new() };
        }
        // What only the target has is told in between.
        if view.text("raw", row)?.trim_start().starts_with('*') {
            return None;
        }
        let Some(name) = view.text("name", row) else {
            // A line that cannot be read may be of a folder.
            self.folder.clear();
            return None;
        };
        if view.bool("is_directory", row)? {
            name.clone_into(&mut self.folder);
            return None;
        }
        (!self.folder.is_empty()).then(|| path(&self.folder, name))
    }
}

fn path(front: &str, name: &str) -> String {
    format!("{}\\{name}", front.trim_end_matches('\\'))
}
