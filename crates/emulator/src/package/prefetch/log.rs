//! `PrefetchFilesList.txt`: what robocopy printed.

use std::fmt::Write as _;

use time::OffsetDateTime;

use super::File;
use crate::package::host::Host;
use crate::package::text;

/// The member's bytes; its counts and sizes are those of these files.
pub(super) fn robocopy(host: &Host, files: &[File], at: OffsetDateTime) -> Vec<u8> {
    let mut rng = host.passing("robocopy");
    let when = host.region.long(host.local(at));
    let since = host.window_start().to_string().replace('-', "");
    let copied: u64 = files.iter().map(|file| file.bytes.len() as u64).sum();
    let (count, old) = (files.len() as u64, rng.range(3, 60));
    let skipped = old * rng.range(8_000, 60_000);
    let total = count + old;
    let mut out = format!(
        "
{RULE}-
   ROBOCOPY     ::     Robust File Copy for Windows                              
{RULE}-

  Started : {when}
   Source : C:\\WINDOWS\\Prefetch\\
     Dest : {folder}\\Verbose\\Prefetch Files\\Prefetch\\

    Files : *.*
\t    
  Options : *.* /S /E /DCOPY:DA /COPY:DAT /PURGE /MIR /MAXAGE:{since} /R:1000000 /W:30 

{RULE}

\t  New Dir{total:>11}\tC:\\WINDOWS\\Prefetch\\
",
        folder = host.folder(),
    );
    for File { name, bytes } in files {
        let _ = write!(out, "\t    New File  \t\t{:>8}\t{name}\n100%  \n", bytes.len());
    }
    let speed = copied * rng.range(20, 60);
    let _ = write!(
        out,
        "\t  New Dir{none:>11}\tC:\\WINDOWS\\Prefetch\\ReadyBoot\\

{RULE}

               Total    Copied   Skipped  Mismatch    FAILED    Extras
    Dirs :{two:>10}{two:>10}{none:>10}{none:>10}{none:>10}{none:>10}
   Files :{total:>10}{count:>10}{old:>10}{none:>10}{none:>10}{none:>10}
   Bytes :{all:>10}{copied:>10}{skipped:>10}{none:>10}{none:>10}{none:>10}
   Times :   0:00:00   0:00:00                       0:00:00   0:00:00


   Speed :{speed:>22} Bytes/sec.
   Speed :{per_minute:>22} MegaBytes/min.
   Ended : {when}

",
        none = 0,
        two = 2,
        all = size(copied + skipped),
        copied = size(copied),
        skipped = size(skipped),
        speed = host.region.grouped(speed),
        per_minute = format!("{}.{:03}", speed * 60 / 1_048_576, speed % 1_000),
    );
    text::crlf(&out)
}

/// A size as robocopy rounds it.
fn size(bytes: u64) -> String {
    let (unit, letter) = if bytes < 1 << 20 { (1 << 10, 'k') } else { (1 << 20, 'm') };
    let hundredths = bytes * 100 / unit;
    format!("{}.{:02} {letter}", hundredths / 100, hundredths % 100)
}

const RULE: &str = "------------------------------------------------------------------------------";
