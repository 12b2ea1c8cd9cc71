//! `pfirewall.log`, on devices whose firewall logs, and how the copy of it went.
//!
//! Every report of a real package had logging off. The log is laid out as Microsoft documents it
//! ("Interpret the Windows Firewall log"); what the tools print of a copy that worked is not known.

use std::fmt::Write as _;

use super::host::{Host, seconds};
use super::text;

/// The log and how many packets are in it, where the device keeps one.
pub(super) fn log(host: &Host) -> Option<(Vec<u8>, usize)> {
    if !host.lasting("firewall").chance(50) {
        return None;
    }
    let mut rng = host.passing("firewall");
    let mut out = HEAD.to_owned();
    let count = rng.range(20, 120);
    let mut at = host.started - seconds(20_000);
    for _ in 0..count {
        at += seconds(rng.range(1, 160));
        let local = host.local(at);
        let (hour, minute, second) = local.time().as_hms();
        let (own, other) = (host.nic.ip(), format!("203.0.113.{}", rng.range(1, 250)));
        let port = rng.range(49_700, 60_000);
        let _ = write!(out, "{} {hour:02}:{minute:02}:{second:02} ", local.date());
        let _ = match rng.below(3) {
            0 => writeln!(
                out,
                "DROP TCP {other} {own} {port} 445 52 S 904827106 0 64240 - - - RECEIVE {}",
                4
            ),
            1 => writeln!(
                out,
                "ALLOW UDP {own} {other} {port} 53 0 - - - - - - - SEND {}",
                rng.range(800, 9_000)
            ),
            _ => writeln!(
                out,
                "ALLOW TCP {own} {other} {port} 443 0 - 0 0 0 - - - SEND {}",
                rng.range(800, 9_000)
            ),
        };
    }
    Some((text::crlf(&out), usize::try_from(count).unwrap_or_default()))
}

/// `FirewallExecutionLog.txt`: how the copy of the log went.
pub(super) fn copy(host: &Host, is_kept: bool) -> Vec<u8> {
    let folder = host.folder();
    let result = if is_kept {
        "C:\\WINDOWS\\System32\\LogFiles\\Firewall\\pfirewall.log\n1 File(s) copied\n        1 file(s) moved.\n"
    } else {
        "File not found - pfirewall.log\n0 File(s) copied\nThe system cannot find the file specified.\n"
    };
    let out = format!(
        "
C:\\Windows\\System32>cmd /C xcopy /F /Y /Q \"%systemroot%\\system32\\LogFiles\\Firewall\\pfirewall.log\" \"{folder}\\..\\\"   & cmd /C move \"{folder}\\..\\pfirewall.log\" \"{folder}\\Network Connections\\pfirewall.log\" 
{result}"
    );
    text::crlf(&out)
}

const HEAD: &str = "#Version: 1.5\n#Software: Microsoft Windows Firewall\n#Time Format: Local\n#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path pid\n\n";
