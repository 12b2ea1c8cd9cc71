//! Registry keys as `reg query KEY /s` prints them.

use std::fmt::Write as _;

/// A key and its values.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) path: String,
    values: Vec<(String, &'static str, String)>,
}

impl Key {
    /// A key without values.
    pub(super) fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), values: Vec::new() }
    }

    /// With a string value.
    pub(super) fn sz(self, name: &str, text: impl Into<String>) -> Self {
        self.value(name, "REG_SZ", text.into())
    }

    /// With an expandable string.
    pub(super) fn expand(self, name: &str, text: impl Into<String>) -> Self {
        self.value(name, "REG_EXPAND_SZ", text.into())
    }

    /// With a 32-bit number.
    pub(super) fn dword(self, name: &str, number: u64) -> Self {
        self.value(name, "REG_DWORD", format!("{number:#x}"))
    }

    /// With a list of strings, which the tool joins by a backslash and a zero.
    pub(super) fn multi(self, name: &str, texts: &[&str]) -> Self {
        self.value(name, "REG_MULTI_SZ", texts.join("\\0"))
    }

    /// With bytes, given as hexadecimal.
    pub(super) fn binary(self, name: &str, hex: impl Into<String>) -> Self {
        self.value(name, "REG_BINARY", hex.into())
    }

    /// With a value of any type.
    pub(super) fn value(mut self, name: &str, kind: &'static str, data: String) -> Self {
        self.values.push((name.to_owned(), kind, data));
        self
    }

    /// How many values it has.
    pub(super) fn value_count(&self) -> usize {
        self.values.len()
    }

    /// Under another root.
    pub(super) fn below(mut self, root: &str) -> Self {
        self.path = format!(r"{root}\{}", self.path);
        self
    }
}

/// The tool's output for these keys: a blank line, then each key, its values, and a blank line.
pub(super) fn query(keys: &[Key]) -> String {
    let mut out = "\n".to_owned();
    for key in keys {
        let _ = writeln!(out, "{}", key.path);
        for (name, kind, data) in &key.values {
            let _ = writeln!(out, "    {name}    {kind}    {data}");
        }
        out.push('\n');
    }
    out
}

/// What the tool prints when the key is missing, or its hive is not loaded.
pub(super) const MISSING: &str =
    "ERROR: The system was unable to find the specified registry key or value.\n";
