//! `System Information/SystemInformation.txt`: what `systeminfo` printed.

use std::fmt::Write as _;

use super::host::{Host, seconds};
use super::region::thousands;
use super::text;

/// The member's bytes.
pub(super) fn information(host: &Host) -> Vec<u8> {
    let mut rng = host.lasting("system information");
    let moment = |instant| {
        let local = host.local(instant);
        format!("{}, {}", host.region.date(local), host.region.time(local))
    };
    let installed = host.installed();
    let total = rng.range(3, 32) * 1_024 - 1;
    let mut now = host.passing("memory");
    let free = now.range(300, total - 400);
    let (largest, unused) = (total + 2_048, now.range(600, total));
    let fix_count = rng.range(3, 6);
    let mut fixes = String::new();
    for number in 1..=fix_count {
        let _ = writeln!(fixes, "{MARGIN}[{number:02}]: KB50{}", rng.range(10_000, 99_999));
    }
    let bios = host.region.date(host.local(installed - seconds(30_000_000)));
    let out = format!(
        "
Host Name:                     {name}
OS Name:                       Microsoft Windows 11 Pro
OS Version:                    10.0.26100 N/A Build 26100
OS Manufacturer:               Microsoft Corporation
OS Configuration:              {role} Workstation
OS Build Type:                 Multiprocessor Free
Registered Owner:              {owner}
Registered Organization:       N/A
Product ID:                    00330-{p1:05}-{p2:05}-AA{p3:03}
Original Install Date:         {installed}
System Boot Time:              {boot}
System Manufacturer:           Contoso Computers, Ltd.
System Model:                  Workbench {model}
System Type:                   x64-based PC
Processor(s):                  1 Processor(s) Installed.
{MARGIN}[01]: Intel64 Family 6 Model 140 Stepping 1 GenuineIntel ~{clock} Mhz
BIOS Version:                  Contoso Computers, Ltd. {model}.{clock}, {bios}
Windows Directory:             C:\\WINDOWS
System Directory:              C:\\WINDOWS\\system32
Boot Device:                   \\Device\\HarddiskVolume1
System Locale:                 {locale}
Input Locale:                  {input}
Time Zone:                     {zone}
Total Physical Memory:         {total} MB
Available Physical Memory:     {free} MB
Virtual Memory: Max Size:      {largest} MB
Virtual Memory: Available:     {unused} MB
Virtual Memory: In Use:        {used} MB
Page File Location(s):         C:\\pagefile.sys
Domain:                        {domain}
Logon Server:                  N/A
Hotfix(s):                     {fix_count} Hotfix(s) Installed.
{fixes}Network Card(s):               1 NIC(s) Installed.
{MARGIN}[01]: {nic}
{MARGIN}      Connection Name: Ethernet
{MARGIN}      DHCP Enabled:    Yes
{MARGIN}      DHCP Server:     {dhcp}
{MARGIN}      IP address(es)
{MARGIN}      [01]: {ip}
{MARGIN}      [02]: {link_local}
Virtualization-based security: Status: Not enabled
{MARGIN}App Control for Business policy: Enforced
{MARGIN}App Control for Business user mode policy: Off
{MARGIN}Security Features Enabled:
Hyper-V Requirements:          A hypervisor has been detected. Features required for Hyper-V will not be displayed.
",
        name = host.name,
        role = if host.domain.is_some() { "Member" } else { "Standalone" },
        owner = host.person().name,
        p1 = rng.below(100_000),
        p2 = rng.below(100_000),
        p3 = rng.below(1_000),
        installed = moment(installed),
        boot = moment(host.boot),
        model = rng.range(100, 900),
        clock = rng.range(1_800, 3_900),
        locale = host.region.locale(),
        input = host.region.locale(),
        zone = host.zone.label,
        total = thousands(total),
        free = thousands(free),
        largest = thousands(largest),
        unused = thousands(unused),
        used = thousands(largest - unused),
        domain = host.domain.as_deref().unwrap_or("WORKGROUP"),
        nic = super::network::ADAPTER,
        dhcp = host.nic.address(254),
        ip = host.nic.ip(),
        link_local = host.nic.link_local,
    );
    text::crlf(&out)
}

/// Where the values of `systeminfo` stand.
const MARGIN: &str = "                               ";
