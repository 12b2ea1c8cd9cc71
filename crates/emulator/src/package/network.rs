//! `Network Connections/`: sockets, neighbours, names, adapters, and the firewall log's absence.

mod dns;
mod sockets;

use std::fmt::Write as _;

use super::host::{Host, seconds};
use super::text;

pub(super) use dns::cache as dns_cache;
pub(super) use sockets::connections;

/// `Arp.txt`: what `arp -a` printed.
pub(super) fn arp(host: &Host) -> Vec<u8> {
    let mut rng = host.passing("neighbours");
    let mut out = format!("\nInterface: {} --- {:#x}\n", host.nic.ip(), host.nic.index);
    out += "  Internet Address      Physical Address      Type\n";
    let mut row = |address: &str, mac: &str, kind: &str| {
        let _ = writeln!(out, "  {address:<22}{mac:<22}{kind:<10}");
    };
    let mut neighbours: Vec<u64> = (0..rng.range(1, 6)).map(|_| rng.range(121, 250)).collect();
    neighbours.sort_unstable();
    neighbours.dedup();
    for last in std::iter::once(1).chain(neighbours) {
        let mut of = host.lasting(&format!("neighbour {last}"));
        let mac = ["02", &of.hex(2), &of.hex(2), &of.hex(2), &of.hex(2), &of.hex(2)].join("-");
        row(&host.nic.address(last), &mac, "dynamic");
    }
    row(&host.nic.address(255), "ff-ff-ff-ff-ff-ff", "static");
    row("224.0.0.22", "01-00-5e-00-00-16", "static");
    row("224.0.0.251", "01-00-5e-00-00-fb", "static");
    row("224.0.0.252", "01-00-5e-00-00-fc", "static");
    row("239.255.255.250", "01-00-5e-7f-ff-fa", "static");
    row("255.255.255.255", "ff-ff-ff-ff-ff-ff", "static");
    text::crlf(&out)
}

/// `IpConfig.txt`: what `ipconfig /all` printed.
pub(super) fn ip_config(host: &Host) -> Vec<u8> {
    let nic = &host.nic;
    let (domain, mac) = (host.domain.as_deref().unwrap_or_default(), nic.mac_text());
    let lease = |instant| host.region.long(host.local(instant));
    let search = match &host.domain {
        Some(domain) => format!("   DNS Suffix Search List. . . . . . : {domain}\n"),
        None => String::new(),
    };
    let obtained = host.boot + seconds(6);
    let out = format!(
        "
Windows IP Configuration

   Host Name . . . . . . . . . . . . : {name}
   Primary Dns Suffix  . . . . . . . : {domain}
   Node Type . . . . . . . . . . . . : Hybrid
   IP Routing Enabled. . . . . . . . : No
   WINS Proxy Enabled. . . . . . . . : No
{search}
Ethernet adapter Ethernet:

   Connection-specific DNS Suffix  . : localdomain
   Description . . . . . . . . . . . : {ADAPTER}
   Physical Address. . . . . . . . . : {mac}
   DHCP Enabled. . . . . . . . . . . : Yes
   Autoconfiguration Enabled . . . . : Yes
   Link-local IPv6 Address . . . . . : {link}%{index}(Preferred) 
   IPv4 Address. . . . . . . . . . . : {ip}(Preferred) 
   Subnet Mask . . . . . . . . . . . : 255.255.255.0
   Lease Obtained. . . . . . . . . . : {from}
   Lease Expires . . . . . . . . . . : {until}
   Default Gateway . . . . . . . . . : {gateway}
   DHCP Server . . . . . . . . . . . : {dhcp}
   DHCPv6 IAID . . . . . . . . . . . : 100{iaid}
   DHCPv6 Client DUID. . . . . . . . : 00-01-00-01-2A-{iaid:02X}-11-22-{mac}
   DNS Servers . . . . . . . . . . . : {dns}
                                       192.0.2.53
   NetBIOS over Tcpip. . . . . . . . : Enabled
",
        name = host.name,
        link = nic.link_local,
        index = nic.index,
        ip = nic.ip(),
        from = lease(obtained),
        until = lease(obtained + seconds(691_200)),
        gateway = nic.address(1),
        dhcp = nic.address(254),
        iaid = nic.own,
        dns = nic.address(2),
    );
    text::crlf(&out)
}

/// The adapter's description.
pub(super) const ADAPTER: &str = "Intel(R) 82574L Gigabit Network Connection";
