//! Credentials: ways to get a token.

mod device_code;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use mde_forensics::core::endpoint::token::{ManagedIdentity, Token};
use mde_forensics::core::{
    AccessToken, BaseUrl, ClientSecret, Code, Error, IdentityHeader, UserAssertion,
};
use mde_forensics::{
    AppProof, Certificate, CertificateCredential, ClientSecretCredential,
    Credential as AnyCredential, FederatedCredential, ManagedIdentityCredential,
    OnBehalfOfCredential, SigningForm, TokenContext,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::convert;
use crate::error;
use crate::guard::guarded;

use self::device_code::Prompted;

/// A way to get a token, for a client. Its `repr` contains no secret.
#[pyclass(frozen, module = "mde_forensics._native")]
pub(crate) struct Credential {
    pub(crate) credential: Arc<dyn AnyCredential>,
}

impl Credential {
    fn of(credential: impl AnyCredential + 'static) -> Self {
        Self { credential: Arc::new(credential) }
    }
}

#[pymethods]
impl Credential {
    #[staticmethod]
    fn client_secret(
        py: Python<'_>,
        client_id: &Bound<'_, PyAny>,
        secret: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        guarded(py, || {
            let secret = ClientSecret::new(convert::text(secret, "secret")?);
            Ok(Self::of(ClientSecretCredential::new(
                convert::text(client_id, "client_id")?,
                secret,
            )))
        })
    }

    #[staticmethod]
    #[pyo3(signature = (client_id, path, password=None, *, form=None))]
    fn certificate(
        py: Python<'_>,
        client_id: &Bound<'_, PyAny>,
        path: &Bound<'_, PyAny>,
        password: Option<&Bound<'_, PyAny>>,
        form: Option<&str>,
    ) -> PyResult<Self> {
        guarded(py, || {
            let id = convert::text(client_id, "client_id")?;
            let path = convert::path(path, "path")?;
            let certificate = read_certificate(py, &path, password)?;
            let certificate = match form {
                None => certificate,
                Some("ps256") => certificate.with_form(SigningForm::Ps256),
                Some("rs256") => certificate.with_form(SigningForm::Rs256),
                Some(_) => return Err(PyValueError::new_err("`form` must be `ps256` or `rs256`")),
            };
            Ok(Self::of(CertificateCredential::new(id, certificate)))
        })
    }

    #[staticmethod]
    fn federated(
        py: Python<'_>,
        client_id: &Bound<'_, PyAny>,
        token_file: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        guarded(py, || {
            let file = convert::path(token_file, "token_file")?;
            Ok(Self::of(FederatedCredential::new(convert::text(client_id, "client_id")?, file)))
        })
    }

    /// The identity of an app if `endpoint` and `header` are given, otherwise of the machine.
    #[staticmethod]
    #[pyo3(signature = (kind, id, endpoint=None, header=None))]
    fn managed_identity(
        py: Python<'_>,
        kind: &str,
        id: Option<&Bound<'_, PyAny>>,
        endpoint: Option<&Bound<'_, PyAny>>,
        header: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        guarded(py, || {
            let id = id.map(|id| convert::text(id, kind)).transpose()?;
            let identity = match (kind, id) {
                ("client_id", Some(id)) => ManagedIdentity::ClientId(id),
                ("object_id", Some(id)) => ManagedIdentity::ObjectId(id),
                ("resource_id", Some(id)) => ManagedIdentity::ResourceId(id),
                _ => ManagedIdentity::System,
            };
            let endpoint = endpoint.map(|url| convert::text(url, "endpoint")).transpose()?;
            let header = header.map(|header| convert::text(header, "header")).transpose()?;
            Ok(match (endpoint, header) {
                (Some(endpoint), Some(header)) => Self::of(ManagedIdentityCredential::of_app(
                    identity,
                    endpoint,
                    IdentityHeader::new(header),
                )),
                (Some(endpoint), None) => {
                    let endpoint =
                        BaseUrl::parse(&endpoint).map_err(|error| error::raised(py, &error))?;
                    Self::of(ManagedIdentityCredential::of_machine_at(identity, endpoint))
                }
                (None, _) => Self::of(ManagedIdentityCredential::of_machine(identity)),
            })
        })
    }

    /// `prompt` is called from any thread with a dict that says what the person must do.
    #[staticmethod]
    fn device_code(
        py: Python<'_>,
        client_id: &Bound<'_, PyAny>,
        prompt: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        guarded(py, || {
            let client_id = convert::text(client_id, "client_id")?;
            if !prompt.is_callable() {
                return Err(convert::no("prompt", "a function", prompt));
            }
            Ok(Self::of(Prompted::new(client_id, prompt.clone().unbind())))
        })
    }

    /// `secret`, `certificate` (with `password`) or `token_file` authenticates the app.
    #[staticmethod]
    #[pyo3(signature = (client_id, user_assertion, *, secret=None, certificate=None, password=None, token_file=None))]
    fn on_behalf_of(
        py: Python<'_>,
        client_id: &Bound<'_, PyAny>,
        user_assertion: &Bound<'_, PyAny>,
        secret: Option<&Bound<'_, PyAny>>,
        certificate: Option<&Bound<'_, PyAny>>,
        password: Option<&Bound<'_, PyAny>>,
        token_file: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        guarded(py, || {
            let id = convert::text(client_id, "client_id")?;
            let user = UserAssertion::new(convert::text(user_assertion, "user_assertion")?);
            let proof = match (secret, certificate, token_file) {
                (Some(secret), None, None) => {
                    AppProof::Secret(ClientSecret::new(convert::text(secret, "secret")?))
                }
                (None, Some(path), None) => AppProof::Certificate(read_certificate(
                    py,
                    &convert::path(path, "certificate")?,
                    password,
                )?),
                (None, None, Some(file)) => {
                    AppProof::FederatedTokenFile(convert::path(file, "token_file")?)
                }
                _ => {
                    let text = "give one of `secret`, `certificate` and `token_file`";
                    return Err(PyValueError::new_err(text));
                }
            };
            Ok(Self::of(OnBehalfOfCredential::new(id, proof, user)))
        })
    }

    /// `give` is called from any thread with the scope and the tenant; it returns a token and its
    /// lifetime in seconds.
    #[staticmethod]
    fn callback(give: Py<PyAny>) -> Self {
        Self::of(Callback(Arc::new(give)))
    }

    fn __repr__(&self) -> String {
        format!("<Credential {:?}>", self.credential)
    }
}

fn read_certificate(
    py: Python<'_>,
    path: &Path,
    password: Option<&Bound<'_, PyAny>>,
) -> PyResult<Certificate> {
    let password = password.map(|password| convert::text(password, "password")).transpose()?;
    py.detach(|| Certificate::from_file(path, password.as_deref()))
        .map_err(|error| error::raised(py, &error))
}

struct Callback(Arc<Py<PyAny>>);

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}

impl AnyCredential for Callback {
    fn token<'a>(&'a self, cx: &'a TokenContext) -> BoxFuture<'a, Result<Token, Error>> {
        let give = Arc::clone(&self.0);
        let (scope, tenant) = (cx.scope().to_owned(), cx.tenant().as_str().to_owned());
        let wall = cx.now().wall;
        Box::pin(async move {
            let ask = move || {
                Python::attach(|py| {
                    let given = give.call1(py, (scope, tenant));
                    let given = given.and_then(|given| given.extract::<(String, Option<f64>)>(py));
                    given.map_err(|error| {
                        error::of_callback(
                            py,
                            Code::CredentialFailed,
                            "the credential failed",
                            error,
                        )
                    })
                })
            };
            let asked = tokio::task::spawn_blocking(ask).await;
            let (token, good_for) = asked.map_err(|e| {
                Error::new(Code::CredentialFailed, format!("the credential ended badly: {e}"))
            })??;
            let good_for =
                good_for.and_then(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).ok());
            Ok(Token::of_caller(AccessToken::new(token), good_for, wall))
        })
    }
}
