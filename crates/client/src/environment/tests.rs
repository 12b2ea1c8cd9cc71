use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Environment, Error> {
    Environment::read(|wanted| {
        variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned())
    })
}

const APP: [(&str, &str); 2] = [("AZURE_TENANT_ID", "contoso.com"), ("AZURE_CLIENT_ID", "app-id")];

fn with(more: &[(&str, &str)]) -> Result<Environment, Error> {
    read(&[&APP, more].concat())
}

#[test]
fn each_credential_is_found_by_its_variables() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/certificate.pfx");
    for (variables, name) in [
        (&[("AZURE_CLIENT_SECRET", "hunter2")][..], "ClientSecretCredential"),
        (
            &[
                ("AZURE_CLIENT_CERTIFICATE_PATH", file),
                ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "hunter2"),
            ],
            "CertificateCredential",
        ),
        (&[("AZURE_FEDERATED_TOKEN_FILE", "/run/token")], "FederatedCredential"),
        (
            &[("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi"), ("IDENTITY_HEADER", "hunter2")],
            "ManagedIdentityCredential",
        ),
        (
            &[("AZURE_CLIENT_SECRET", "hunter2"), ("AZURE_FEDERATED_TOKEN_FILE", "/run/token")],
            "ClientSecretCredential",
        ),
        (
            &[("AZURE_CLIENT_SECRET", " "), ("AZURE_FEDERATED_TOKEN_FILE", "/run/token")],
            "FederatedCredential",
        ),
    ] {
        let printed = format!("{:?}", with(variables).unwrap());
        assert!(printed.contains(name), "{printed}");
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}

#[test]
fn what_is_missing_is_named() {
    for (variables, missing) in [
        (&[][..], "AZURE_TENANT_ID"),
        (
            &[("AZURE_TENANT_ID", "contoso.com"), ("AZURE_CLIENT_SECRET", "hunter2")],
            "AZURE_CLIENT_ID",
        ),
        (
            &[("AZURE_TENANT_ID", "contoso.com"), ("IDENTITY_ENDPOINT", "http://127.0.0.1")],
            "IDENTITY_HEADER",
        ),
        (&APP, "credential"),
    ] {
        let error = read(variables).unwrap_err();
        assert_eq!(error.code(), Code::InvalidCredential);
        assert!(error.message().contains(missing), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[test]
fn the_cloud_is_named_or_pieced_together() {
    let cloud = |more: &[(&str, &str)]| {
        with(&[&[("AZURE_CLIENT_SECRET", "x")], more].concat()).map(|read| read.cloud().clone())
    };
    assert_eq!(cloud(&[]).unwrap(), Cloud::Commercial);
    assert_eq!(cloud(&[("MDE_CLOUD", "gcc-high")]).unwrap(), Cloud::GccHigh);
    let custom =
        cloud(&[("MDE_CLOUD", "gcc-high"), ("MDE_API_URL", "http://127.0.0.1:8080/")]).unwrap();
    assert_eq!(custom.api().as_str(), "http://127.0.0.1:8080");
    assert_eq!((custom.login(), custom.scope()), (Cloud::GccHigh.login(), Cloud::GccHigh.scope()));
    let custom = cloud(&[("MDE_RESOURCE", "https://api-eu.securitycenter.microsoft.com")]).unwrap();
    assert_eq!(custom.scope(), "https://api-eu.securitycenter.microsoft.com/.default");

    for (name, value, code) in [
        ("MDE_CLOUD", "moon", Code::InvalidOption),
        ("MDE_API_URL", "http://example.com", Code::InsecureUrl),
        ("MDE_LOGIN_URL", "nowhere", Code::InvalidUrl),
        ("MDE_RESOURCE", "a b", Code::InvalidOption),
    ] {
        assert_eq!(cloud(&[(name, value)]).unwrap_err().code(), code, "{name}");
    }
}

#[test]
fn a_client_prints_no_secret() {
    let builder = with(&[("AZURE_CLIENT_SECRET", "hunter2")]).unwrap().builder();
    assert!(!format!("{builder:?}").contains("hunter2"));
    let client = builder.build().unwrap();
    assert_eq!(client.tenant(), "contoso.com");
    assert_eq!(client.base().as_str(), "https://api.security.microsoft.com");
    assert!(!format!("{client:?}").contains("hunter2"));
}

#[test]
fn a_ca_file_is_used() {
    let absent = [("AZURE_CLIENT_SECRET", "x"), ("SSL_CERT_FILE", "/nonexistent/ca.pem")];
    let error = with(&absent).unwrap().builder().build().unwrap_err();
    assert_eq!(error.code(), Code::InvalidOption);
    assert!(error.message().contains("/nonexistent/ca.pem"), "{error}");
}

#[test]
fn the_ca_file_of_openssl_comes_before_that_of_requests() {
    let of = |variables: &'static [(&str, &str)]| {
        Environment::ca_file(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    };
    let both = &[("SSL_CERT_FILE", "/a.pem"), ("REQUESTS_CA_BUNDLE", "/b.pem")];
    assert_eq!(of(both).unwrap(), Path::new("/a.pem"));
    let empty = &[("SSL_CERT_FILE", " "), ("REQUESTS_CA_BUNDLE", "/b.pem")];
    assert_eq!(of(empty).unwrap(), Path::new("/b.pem"));
    assert!(of(&[]).is_none());
}
