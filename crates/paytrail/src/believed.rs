//! A believed answer on its way to what it means: does its status belong to the call, and does it
//! name the right transaction?

use hyvitys_domain::TransactionId;
use serde::de::DeserializeOwned;

use crate::client::{Answer, header};
use crate::error::{CallError, UnknownWhy};
use crate::wire::{self, ErrorBody, Names};

/// An answer with a valid signature of this account, not read yet.
#[derive(Debug)]
pub(crate) struct Believed {
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) raw: String,
    pub(crate) asked: Option<TransactionId>,
}

impl Believed {
    /// The answer if its status is one of `documented`; a refusal or an unknown outcome otherwise.
    pub(crate) fn documented(self, documented: &[u16]) -> Result<Believed, CallError> {
        if documented.contains(&self.status) {
            return Ok(self);
        }
        if !matches!(self.status, 400 | 404 | 422) {
            return Err(self.unknown(UnknownWhy::UnexpectedStatus));
        }
        Err(self.refusal())
    }

    /// This answer read as a refusal.
    pub(crate) fn refusal(self) -> CallError {
        let asked = self.asked;
        if let Err(why) = self.named(asked.as_slice()) {
            return self.unknown(why);
        }
        match ErrorBody::read(&self.raw) {
            Ok(body) => CallError::Refused {
                http_status: self.status,
                meta: body.meta(),
                message: body.message,
                request_id: self.request_id,
                raw: self.raw,
            },
            Err(why) => self.unknown(why),
        }
    }

    /// The transaction asked about, if the call was about one.
    pub(crate) fn asked(&self) -> Vec<TransactionId> {
        self.asked.into_iter().collect()
    }

    /// Reads an object that must be of the transaction asked about.
    pub(crate) fn object<T: DeserializeOwned>(self, names: &Names) -> Result<Answer<T>, CallError> {
        let asked = self.asked();
        self.read(|raw| wire::object(raw, names), |_| Ok(asked))
    }

    /// Reads a value by `read`; `about` checks it and says which transactions the signed headers
    /// may name.
    pub(crate) fn read<T>(
        self,
        read: impl FnOnce(&str) -> Result<T, UnknownWhy>,
        about: impl FnOnce(&T) -> Result<Vec<TransactionId>, UnknownWhy>,
    ) -> Result<Answer<T>, CallError> {
        let fits = read(&self.raw).and_then(|value| {
            let ids = about(&value)?;
            self.named(&ids)?;
            Ok(value)
        });
        match fits {
            Ok(value) => Ok(Answer {
                value,
                http_status: self.status,
                request_id: self.request_id,
                headers: self.headers,
                raw: self.raw,
            }),
            Err(why) => Err(self.unknown(why)),
        }
    }

    /// The signed transaction id, where present, must be one of `ids`.
    fn named(&self, ids: &[TransactionId]) -> Result<(), UnknownWhy> {
        let Some(text) = header(&self.headers, "checkout-transaction-id") else {
            return Ok(());
        };
        match text.parse::<TransactionId>() {
            Ok(id) if ids.contains(&id) => Ok(()),
            _ => Err(UnknownWhy::DoesNotFit(
                "it names another transaction".into(),
            )),
        }
    }

    pub(crate) fn unknown(self, why: UnknownWhy) -> CallError {
        CallError::Unknown {
            why,
            http_status: Some(self.status),
            message: wire::words_of(self.raw.as_bytes()),
            request_id: self.request_id,
        }
    }
}
