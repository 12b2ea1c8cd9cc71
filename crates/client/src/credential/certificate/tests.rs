use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mde_forensics_core::Code;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use serde_json::Value;
use time::macros::datetime;

use super::*;

const PEM: &[u8] = include_bytes!("../../../tests/data/certificate.pem");
const PKCS1: &[u8] = include_bytes!("../../../tests/data/pkcs1.pem");
const PFX: &[u8] = include_bytes!("../../../tests/data/certificate.pfx");
const LEGACY: &[u8] = include_bytes!("../../../tests/data/certificate-legacy.pfx");
const ELLIPTIC: &[u8] = include_bytes!("../../../tests/data/elliptic.pem");

/// The certificate's thumbprints according to OpenSSL, in base64url.
const SHA256: &str = "Cuq8Ga94YsGhvPfXboYcgdu9DZf6VxB0qtSC0D0oh1E";
const SHA1: &str = "TNB8rx2FKRRYYB2D9Ia99XWA_RQ";

fn check(certificate: &Certificate, verify: &'static RsaParameters) -> (Value, Value) {
    let now = datetime!(2026-01-05 10:00 UTC);
    let url = "https://login.microsoftonline.com/contoso/oauth2/v2.0/token";
    let assertion = certificate.assertion("app-id", url, now).unwrap();
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let (signed, signature) = assertion.expose().rsplit_once('.').unwrap();
    UnparsedPublicKey::new(verify, certificate.key.public().as_ref())
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    (
        serde_json::from_slice(&decode(header)).unwrap(),
        serde_json::from_slice(&decode(claims)).unwrap(),
    )
}

#[test]
fn both_forms_are_signed_as_microsoft_documents_them() {
    let certificate = Certificate::from_pem(PEM).unwrap();
    let (header, claims) = check(&certificate, &RSA_PSS_2048_8192_SHA256);
    assert_eq!(header, serde_json::json!({"alg": "PS256", "typ": "JWT", "x5t#S256": SHA256}));
    assert_eq!(claims["aud"], "https://login.microsoftonline.com/contoso/oauth2/v2.0/token");
    assert_eq!((&claims["iss"], &claims["sub"]), (&"app-id".into(), &"app-id".into()));
    assert_eq!(claims["nbf"], 1_767_607_200);
    assert_eq!(claims["exp"], 1_767_607_800);

    let (header, again) =
        check(&certificate.with_form(SigningForm::Rs256), &RSA_PKCS1_2048_8192_SHA256);
    assert_eq!(header, serde_json::json!({"alg": "RS256", "typ": "JWT", "x5t": SHA1}));
    assert_ne!(claims["jti"], again["jti"]);
}

#[test]
fn every_container_gives_the_same_certificate() {
    for certificate in [
        Certificate::from_pem(PKCS1),
        Certificate::from_pkcs12(PFX, "hunter2"),
        Certificate::from_pkcs12(LEGACY, "hunter2"),
    ] {
        let (header, _) = check(&certificate.unwrap(), &RSA_PSS_2048_8192_SHA256);
        assert_eq!(header["x5t#S256"], SHA256);
    }
}

#[test]
fn what_cannot_sign_is_refused() {
    let text = std::str::from_utf8(PEM).unwrap();
    let (certificates, key) = text.split_at(text.find("-----BEGIN PRIVATE").unwrap());
    let (other, _) = certificates.split_at(certificates.rfind("-----BEGIN").unwrap());
    let encrypted = text.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for (refused, why) in [
        (Certificate::from_pem(b""), "no private key"),
        (Certificate::from_pem(certificates.as_bytes()), "no private key"),
        (Certificate::from_pem(key.as_bytes()), "no certificate"),
        (Certificate::from_pem(format!("{other}{key}").as_bytes()), "no certificate"),
        (Certificate::from_pem(encrypted.as_bytes()), "encrypted"),
        (Certificate::from_pem(ELLIPTIC), "RSA"),
        (Certificate::from_pkcs12(PFX, "wrong"), "password"),
        (Certificate::from_pkcs12(b"nothing", ""), "PKCS#12"),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.code(), Code::InvalidCredential);
        assert!(error.message().contains(why), "{error} says nothing of {why}");
    }
}

#[test]
fn a_file_says_itself_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [("a", PEM), ("b", PFX)] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        assert!(Certificate::from_file(&file, Some("hunter2")).is_ok());
    }
    let absent = folder.path().join("absent.pem");
    let error = Certificate::from_file(&absent, None).unwrap_err();
    assert_eq!(error.code(), Code::InvalidCredential);
    assert!(error.message().contains(absent.to_str().unwrap()), "{error}");
}

#[test]
fn no_key_is_printed() {
    let certificate = Certificate::from_pem(PEM).unwrap();
    let printed = format!("{:?}", CertificateCredential::new("app-id", certificate));
    assert!(printed.contains("[redacted]") && printed.len() < 250, "{printed}");
}
