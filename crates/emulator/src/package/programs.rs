//! `Installed Programs/`: MSI products, and the `Uninstall` keys.

use super::csv;
use super::host::{Host, seconds};
use super::registry::{self, Key};
use super::rng::Rng;
use super::text;

/// An installed product.
#[derive(Clone, Debug)]
struct Product {
    name: String,
    vendor: &'static str,
    version: String,
    code: String,
    package: String,
    date: String,
    folder: Option<String>,
}

/// All members of the folder, by name.
pub(super) fn members(host: &Host) -> Vec<(String, Vec<u8>)> {
    let products = products(host);
    let named = |root: &str| format!("Installed Programs/{root}_Software_{UNINSTALL}.txt");
    let (native, wow): (Vec<&Product>, Vec<&Product>) =
        products.iter().partition(|product| !product.name.contains("X86"));
    let mut members = vec![
        (
            named("hklm"),
            text::crlf(&registry::query(&machine(r"HKEY_LOCAL_MACHINE\Software", &native))),
        ),
        (
            named("hklm").replace("Software_Microsoft", "Software_Wow6432Node_Microsoft"),
            text::crlf(&registry::query(&machine(
                r"HKEY_LOCAL_MACHINE\Software\Wow6432Node",
                &wow,
            ))),
        ),
        ("Installed Programs/InstalledPrograms.csv".to_owned(), csv(&products)),
    ];
    members.extend(host.users.iter().map(|user| {
        let out = if user.is_signed_in {
            registry::query(&personal(&user.sid, &user.name))
        } else {
            registry::MISSING.to_owned()
        };
        (named(&user.sid), text::crlf(&out))
    }));
    members
}

fn products(host: &Host) -> Vec<Product> {
    let mut rng = host.lasting("products");
    let mut products = Vec::new();
    for (name, vendor, version, folder) in PRODUCTS {
        if !rng.chance(85) {
            continue;
        }
        let date = host.local(host.installed() + seconds(rng.below(2_000_000))).date();
        products.push(Product {
            name: name.to_owned(),
            vendor,
            version: version.to_owned(),
            code: format!("{{{}}}", rng.guid().to_uppercase()),
            package: format!("{}.msi", rng.hex(6)),
            date: date.to_string().replace('-', ""),
            folder: Some(folder.to_owned()).filter(|folder| !folder.is_empty()),
        });
    }
    if host.is_unkind {
        products.push(unkind(&mut rng));
    }
    products
}

fn unkind(rng: &mut Rng) -> Product {
    Product {
        name: "=HYPERLINK(\"http://203.0.113.66\"), \u{202e}exe.reader".to_owned(),
        vendor: "@SUM(A1), \"Nobody\"",
        version: "-1+1".to_owned(),
        code: format!("{{{}}}", rng.guid().to_uppercase()),
        package: "reader.msi".to_owned(),
        date: "20250101".to_owned(),
        folder: None,
    }
}

fn csv(products: &[Product]) -> Vec<u8> {
    let mut out = format!("{TYPE}\n{}\n", csv::full_line(COLUMNS));
    for product in products {
        let source = format!(r"C:\ProgramData\Package Cache\{}v{}\", product.code, product.version);
        let local = format!(r"C:\WINDOWS\Installer\{}", product.package);
        out += &csv::line([
            Some(product.name.as_str()),
            Some(&product.name),
            Some(&product.code),
            Some(&product.date),
            None,
            product.folder.as_deref(),
            Some(&source),
            Some("5"),
            Some("1033"),
            Some(&local),
            Some(&product.name),
            Some(&local),
            Some(&product.code),
            Some(&product.package),
            None,
            Some(product.vendor),
            Some(&product.version),
        ]);
        out.push('\n');
    }
    text::crlf(&out)
}

fn machine(root: &str, products: &[&Product]) -> Vec<Key> {
    let root = format!(r"{root}\Microsoft\Windows\CurrentVersion\Uninstall");
    let mut keys: Vec<Key> = EMPTY.iter().map(|name| Key::new(*name).below(&root)).collect();
    keys.push(Key::new("WIC").below(&root).dword("NoRemove", 1));
    keys.extend(products.iter().map(|product| {
        Key::new(product.code.clone())
            .below(&root)
            .sz("AuthorizedCDFPrefix", "")
            .sz("Comments", "")
            .sz("DisplayVersion", &*product.version)
            .sz("InstallDate", &*product.date)
            .sz("InstallLocation", product.folder.clone().unwrap_or_default())
            .expand("ModifyPath", format!("MsiExec.exe /I{}", product.code))
            .sz("Publisher", product.vendor)
            .dword("EstimatedSize", 0x2e64)
            .expand("UninstallString", format!("MsiExec.exe /I{}", product.code))
            .dword("VersionMajor", 14)
            .dword("WindowsInstaller", 1)
            .dword("Language", 1033)
            .sz("DisplayName", &*product.name)
    }));
    keys
}

fn personal(sid: &str, user: &str) -> Vec<Key> {
    let root = format!(r"HKEY_USERS\{sid}\Software\Microsoft\Windows\CurrentVersion\Uninstall");
    let setup = format!(
        r"C:\Users\{user}\AppData\Local\Microsoft\OneDrive\25.137.0715.0001\OneDriveSetup.exe"
    );
    let key = Key::new("OneDriveSetup.exe")
        .below(&root)
        .sz("DisplayName", "Microsoft OneDrive")
        .sz("DisplayIcon", format!("{setup},-101"))
        .sz("DisplayVersion", "25.137.0715.0001")
        .sz("Publisher", "Microsoft Corporation")
        .sz("UninstallString", format!("\"{setup}\"  /uninstall "))
        .multi("Languages", &[])
        .dword("EstimatedSize", 0x6_ac1c)
        .dword("NoModify", 1);
    vec![key]
}

const UNINSTALL: &str = "Microsoft_Windows_CurrentVersion_Uninstall";
const TYPE: &str = "#TYPE Selected.Microsoft.Management.Infrastructure.CimInstance";
const EMPTY: [&str; 6] = ["AddressBook", "DirectDrawEx", "Fontcore", "IE40", "IEData", "MPlayer2"];

const PRODUCTS: [(&str, &str, &str, &str); 7] = [
    (
        "Microsoft Visual C++ 2022 X64 Minimum Runtime - 14.36.32532",
        "Microsoft Corporation",
        "14.36.32532",
        "",
    ),
    (
        "Microsoft Visual C++ 2022 X86 Minimum Runtime - 14.36.32532",
        "Microsoft Corporation",
        "14.36.32532",
        "",
    ),
    ("Contoso VPN Client", "Contoso, Ltd.", "5.2.1", r"C:\Program Files\Contoso VPN\"),
    (
        "Fabrikam \"Deluxe\" Reader",
        "Fabrikam, Inc.",
        "24.1.0.8",
        r"C:\Program Files\Fabrikam\Reader\",
    ),
    ("Northwind Inventory", "Northwind Traders", "3.0", r"C:\Program Files (x86)\Northwind\"),
    ("Remote Support Agent", "Adatum Corporation", "11.0.4411", r"C:\Program Files\Adatum\"),
    ("Wingtip Archiver 24.08 (x64)", "Wingtip Toys", "24.08.00.0", ""),
];

/// The columns of a real member.
const COLUMNS: [&str; 17] = [
    "Caption",
    "Description",
    "IdentifyingNumber",
    "InstallDate",
    "InstallDate2",
    "InstallLocation",
    "InstallSource",
    "InstallState",
    "Language",
    "LocalPackage",
    "Name",
    "PackageCache",
    "PackageCode",
    "PackageName",
    "ProductID",
    "Vendor",
    "Version",
];
