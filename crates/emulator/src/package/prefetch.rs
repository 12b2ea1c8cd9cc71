//! `Prefetch Files/`: what programs were started, and the log of the copy.

mod hash;
mod log;
mod mam;
mod programs;
mod scca;

use time::OffsetDateTime;

use super::host::Host;
use super::processes::Process;
use super::summary::{self, Command};
use super::text::utf16;
use super::written::PrefetchFile;

/// A file of the folder `C:\WINDOWS\Prefetch`.
#[derive(Clone, Debug)]
struct File {
    name: String,
    bytes: Vec<u8>,
}

/// All members of the folder, by name, and the prefetch files among them.
pub(super) fn members(host: &Host, processes: &[Process], commands: &[Command]) -> Written {
    let copied = summary::at(commands, "Prefetch");
    let programs = programs::list(host, processes, commands, copied);
    let mut files: Vec<File> = programs
        .iter()
        .map(|program| File {
            name: program.file_name(),
            bytes: mam::compress(&scca::file(program)),
        })
        .collect();
    files.push(File { name: "Layout.ini".to_owned(), bytes: layout(host) });
    files.sort_by_key(|file| file.name.to_uppercase());
    files.dedup_by_key(|file| file.name.to_uppercase());
    let log =
        ("Prefetch Files/PrefetchFilesList.txt".to_owned(), log::robocopy(host, &files, copied));
    let members = files.into_iter().map(|file| {
        let File { name, bytes } = file;
        (format!("Prefetch Files/Prefetch/{name}"), bytes)
    });
    let members = std::iter::once(log).chain(members).collect();
    let programs = programs.iter().map(|program| PrefetchFile {
        name: program.file_name(),
        run_count: program.run_count,
        last_run: program.runs.first().copied().unwrap_or(OffsetDateTime::UNIX_EPOCH),
    });
    Written { members, programs: programs.collect() }
}

/// The members, and what the prefetch files among them say.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) members: Vec<(String, Vec<u8>)>,
    pub(super) programs: Vec<PrefetchFile>,
}

/// The list of files that the defragmenter lays out together: UTF-16 with a byte order mark.
fn layout(host: &Host) -> Vec<u8> {
    let user = &host.person().name;
    utf16(&format!(
        "\u{feff}[OptimalLayoutFile]\r\nVersion=1\r\nC:\\WINDOWS\\SYSTEM32\\NTDLL.DLL\r\n\
         C:\\WINDOWS\\SYSTEM32\\KERNEL32.DLL\r\nC:\\USERS\\{}\\NTUSER.DAT\r\n",
        user.to_uppercase()
    ))
}
