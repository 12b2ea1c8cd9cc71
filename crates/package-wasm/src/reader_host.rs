//! What JavaScript brings: bytes to read, and a place for what is written.

use std::io;

use mde_forensics_package::{Error, FileStore, RECORD, Source, Work, files_of_record};
use wasm_bindgen::prelude::*;

use crate::convert::float;

#[wasm_bindgen]
extern "C" {
    /// What stands between a package and JavaScript, for one package.
    #[derive(Clone)]
    pub type ReaderHost;

    /// Fills `buf` from `offset` of a file, and gives how many bytes there were.
    #[wasm_bindgen(method, catch)]
    fn read(this: &ReaderHost, file: u32, offset: f64, buf: &mut [u8]) -> Result<u32, JsValue>;

    /// Hears what is taken up: 0 forbids it, 2 asks for a trap, so that a test can see what becomes of that.
    #[wasm_bindgen(method, js_name = takeUp)]
    fn take_up(this: &ReaderHost, work: &str, member: &str) -> u32;

    /// Hears that it has ended.
    #[wasm_bindgen(method, js_name = putDown)]
    fn put_down(this: &ReaderHost);

    /// What a file has that is there already and may be replaced.
    #[wasm_bindgen(method, catch)]
    fn earlier(this: &ReaderHost, name: &str) -> Result<Option<Vec<u8>>, JsValue>;

    /// Removes a file that is there.
    #[wasm_bindgen(method, catch)]
    fn remove(this: &ReaderHost, name: &str) -> Result<(), JsValue>;

    /// Takes bytes of a file that is written.
    #[wasm_bindgen(method, catch)]
    fn write(this: &ReaderHost, name: &str, bytes: &[u8]) -> Result<(), JsValue>;
}

/// One file behind a host.
pub(crate) struct File {
    host: ReaderHost,
    index: u32,
    length: u64,
}

impl File {
    pub(crate) fn new(host: &ReaderHost, index: u32, length: u64) -> Self {
        Self { host: host.clone(), index, length }
    }
}

impl Source for File {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let read =
            self.host.read(self.index, float(offset), buf).map_err(|thrown| failed(&thrown))?;
        usize::try_from(read).map_err(io::Error::other)
    }

    #[expect(clippy::panic, reason = "a test has asked for it")]
    fn take_up(&self, work: Work, member: &str) -> bool {
        match self.host.take_up(work.as_str(), member) {
            0 => false,
            2 => panic!("asked to"),
            _ => true,
        }
    }

    fn put_down(&self) {
        self.host.put_down();
    }
}

/// A host as the place for the files of a dataset, which it puts down as they come.
pub(crate) struct ReaderHostFiles(pub(crate) ReaderHost);

impl FileStore for ReaderHostFiles {
    type Out = Out;

    fn begin(&mut self, name: &str) -> Result<Out, Error> {
        // The host hears of it before the first byte, since there may be none.
        self.0.write(name, &[]).map_err(|thrown| Error::Write(failed(&thrown)))?;
        Ok(Out::new(&self.0, name))
    }

    fn end(&mut self, _name: &str, _out: Out) -> Result<(), Error> {
        Ok(())
    }

    fn keep(&mut self, names: &[String]) -> Result<(), Error> {
        let earlier = self.0.earlier(RECORD).map_err(|thrown| Error::Write(failed(&thrown)))?;
        let Some(record) = earlier else { return Ok(()) };
        let files = files_of_record(&record);
        let mut gone = files.iter().filter(|name| !names.contains(name));
        gone.try_for_each(|name| self.0.remove(name))
            .map_err(|thrown| Error::Write(failed(&thrown)))
    }
}

/// Gives what is written to a host, in pieces of [`PIECE`].
pub(crate) struct Out {
    host: ReaderHost,
    name: String,
    bytes: Vec<u8>,
}

impl Out {
    pub(crate) fn new(host: &ReaderHost, name: &str) -> Self {
        Self { host: host.clone(), name: name.to_owned(), bytes: Vec::new() }
    }
}

impl io::Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.bytes.is_empty() {
            self.host.write(&self.name, &self.bytes).map_err(|thrown| failed(&thrown))?;
            self.bytes.clear();
        }
        Ok(())
    }
}

/// What JavaScript threw, in words.
fn failed(thrown: &JsValue) -> io::Error {
    io::Error::other(thrown.as_string().unwrap_or_else(|| "JavaScript could not do it".to_owned()))
}

/// Bytes that are given at once.
const PIECE: usize = 1 << 20;
