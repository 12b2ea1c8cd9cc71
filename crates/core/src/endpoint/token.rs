//! Tokens: the grants of Entra's token endpoint, and managed identities. These calls carry no bearer token.
