//! Words that name nobody: to replace them hides no person and no host, and takes the evidence away.

/// Whether a word in lower case is never the name of somebody.
pub(super) fn is_common(word: &str) -> bool {
    is_built_in(word)
        || FILES.contains(&word)
        || NETWORK.contains(&word)
        || VALUES.contains(&word)
        || WINDOWS.contains(&word)
}

/// Whether an account, a group or what issues them is of Windows itself, in lower case.
pub(super) fn is_built_in(name: &str) -> bool {
    ACCOUNTS.contains(&name)
}

/// Whether a domain of accounts in lower case is of Windows itself: its accounts are nobody's.
pub(super) fn is_of_windows(domain: &str) -> bool {
    ISSUERS.contains(&domain)
}

/// Whether a domain in lower case is everybody's: names are registered below it.
pub(super) fn is_public(domain: &str) -> bool {
    match domain.rsplit_once('.') {
        None => true,
        // `co.uk`, `com.au`: RFC 1480 and what the registries of other countries made of it.
        Some((below, country)) => {
            country.len() == 2
                && ["ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"]
                    .contains(&below)
        }
    }
}

/// Domains of accounts that Windows makes for itself, for its services and for what it hosts.
const ISSUERS: &[&str] = &[
    "autorite nt",
    "autoridade nt",
    "builtin",
    "font driver host",
    "iis apppool",
    "nt authority",
    "nt service",
    "nt virtual machine",
    "nt-autorität",
    "vordefiniert",
    "window manager",
];

/// Accounts, groups and profiles that every host has.
const ACCOUNTS: &[&str] = &[
    "administrator",
    "administrators",
    "all users",
    "anonymous logon",
    "authenticated users",
    "builtin",
    "default",
    "default user",
    "default.migrated",
    "defaultaccount",
    "defaultuser0",
    "desktop.ini",
    "domain admins",
    "domain users",
    "everyone",
    "font driver host",
    "guest",
    "interactive",
    "local",
    "local service",
    "localdomain",
    "localhost",
    "localservice",
    "localsystem",
    "n/a",
    "network service",
    "networkservice",
    "nt authority",
    "nt service",
    "nt virtual machine",
    "public",
    "service",
    "system",
    "trustedinstaller",
    "users",
    "wdagutilityaccount",
    "window manager",
    "windows user",
    "workgroup",
];

/// What files are called by: the ends of their names.
const FILES: &[&str] = &[
    "7z", "aspx", "bak", "bat", "bin", "cab", "cfg", "chm", "cmd", "conf", "config", "cpl", "csv",
    "dat", "db", "dll", "dmp", "doc", "docm", "docx", "drv", "evtx", "exe", "gz", "hta", "htm",
    "html", "ico", "img", "inf", "ini", "iso", "jar", "jpg", "js", "jse", "json", "lnk", "log",
    "lua", "mof", "msc", "msi", "msix", "msp", "mui", "ocx", "part", "pdf", "pf", "php", "png",
    "pptx", "ps1", "psd1", "psm1", "pst", "py", "rar", "reg", "rtf", "scr", "sct", "sh", "sql",
    "sqlite", "sys", "tar", "temp", "tmp", "tsv", "txt", "url", "vbe", "vbs", "vhd", "vhdx", "wsf",
    "xls", "xlsm", "xlsx", "xml", "yml", "zip",
];

/// Ends of domains, protocols, and hosts that are asked for everywhere.
#[rustfmt::skip]
const NETWORK: &[&str] = &[
    "api", "app", "arpa", "auth", "autodiscover", "backup", "biz", "blog", "cdn", "cloud",
    "com", "dev", "dhcp", "dns", "docs", "download", "edu", "enterpriseregistration", "example",
    "ftp", "git", "gov", "help", "home", "http", "https", "icmp", "images", "imap", "info",
    "int", "internal", "intra", "intranet", "invalid", "io", "ip", "ipv4", "ipv6", "isatap",
    "kerberos", "lan", "ldap", "ldaps", "login", "lyncdiscover", "mail", "media", "mil",
    "mshome", "net", "netbios", "news", "ntlm", "ntp", "online", "org", "owa", "port", "portal",
    "print", "private", "proxy", "rdp", "remote", "rpc", "shop", "sip", "site", "smb", "smtp",
    "ssh", "ssl", "sso", "status", "support", "tcp", "tcpv6", "test", "time", "tls", "top",
    "tsclient", "udp", "udpv6", "vpn", "wan", "web", "wiki", "winrm", "workstation", "wpad",
    "www", "xyz",
];

/// Values of columns, of Windows's own tables and of these.
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "allow", "auto", "automatic", "clean", "closed", "cname", "damaged", "denied", "disabled",
    "drop", "dword", "dynamic", "empty", "enabled", "error", "established", "failed", "failure",
    "false", "hidden", "issue", "listening", "manual", "member", "missing", "no", "none",
    "normal", "null", "off", "ok", "on", "open", "partial", "present", "ready", "receive",
    "reg_binary", "reg_dword", "reg_expand_sz", "reg_multi_sz", "reg_none", "reg_qword",
    "reg_sz", "repaired", "running", "send", "share", "static", "stopped", "success",
    "time_wait", "true", "type", "unknown", "utc", "value", "warning", "yes",
];

/// Windows, its folders and its programs, and who makes them.
#[rustfmt::skip]
const WINDOWS: &[&str] = &[
    "appdata", "application", "applications", "autorun", "autoruns", "azure", "azuread",
    "bin64", "bits", "boot", "browser", "certutil", "chrome", "classes", "clsid", "code",
    "common", "component", "conhost", "control", "cscript", "csrss", "currentcontrolset",
    "currentversion", "data", "defender", "desktop", "device", "dllhost", "documents",
    "documents and settings", "domain", "downloads", "drivers", "edge", "event", "events",
    "explorer", "file", "files", "firefox", "firewall", "folder", "globalroot", "google",
    "group", "groups", "handler", "harddiskvolume", "hkcr", "hkcu", "hkey_classes_root",
    "hkey_current_user", "hkey_local_machine", "hkey_users", "hklm", "hku", "host", "installer",
    "internet", "lsass", "machine", "microsoft", "microsoftaccount", "mozilla", "msedge",
    "mshta", "msiexec", "name", "netsvcs", "network", "notepad", "office", "onedrive",
    "package", "pipe", "policies", "powershell", "prefetch", "process", "processes", "program",
    "program files", "program files (x86)", "programdata", "programs", "pwsh", "python",
    "registry", "regsvr32", "roaming", "run", "rundll32", "runonce", "schtasks", "script",
    "scripts", "security", "server", "services", "session", "settings", "setup", "shell", "sid",
    "smss", "software", "start", "startup", "svchost", "system32", "systemroot", "sysvol",
    "syswow64", "task", "taskhostw", "tasks", "teams", "temporary", "update", "user", "windir",
    "windows", "wininit", "winlogon", "winsxs", "wmi", "wmic", "word", "wow6432node", "wscript",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_nobody_is_common() {
        for word in ["exe", "com", "windows", "tcp", "clean", "administrator"] {
            assert!(is_common(word), "{word}");
        }
        for word in ["admin", "haruto", "contoso", "ws-042", "dc01"] {
            assert!(!is_common(word), "{word}");
        }
        assert!(["com", "co.uk", "com.au"].into_iter().all(is_public));
        assert!(!["contoso.com", "contoso.co.uk", "corp.local"].into_iter().any(is_public));
    }
}
