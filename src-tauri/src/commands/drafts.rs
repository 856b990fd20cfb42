//! New payments: drafts, their check, and the one request that makes a payment of one.

use hyvitys_backoffice::DraftOrder;
use hyvitys_domain::{DraftId, IntentId};
use tauri::State;

use crate::dto::{
    AccountNumber, CreatedPaymentDto, DraftBriefDto, DraftCheckDto, DraftDto, DraftOrderDto,
    ErrorDto, bad_input, read,
};
use crate::state::Shell;
use crate::sync::changed_in;

/// The drafts that are no payments yet, the last changed first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn drafts(
    shell: State<'_, Shell>,
    account: AccountNumber,
) -> Result<Vec<DraftBriefDto>, ErrorDto> {
    let drafts = shell.office().await?.drafts(account.into()).await?;
    Ok(drafts.iter().map(Into::into).collect())
}

/// A draft with its check.
#[tauri::command]
#[specta::specta]
pub(crate) async fn draft(
    shell: State<'_, Shell>,
    account: AccountNumber,
    id: String,
) -> Result<DraftDto, ErrorDto> {
    let draft = shell
        .office()
        .await?
        .draft(account.into(), read(&id)?)
        .await?;
    Ok(draft.into())
}

/// Keeps a draft; a new one where `id` is `null`. Needs no network.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_draft(
    shell: State<'_, Shell>,
    account: AccountNumber,
    id: Option<String>,
    order: DraftOrderDto,
) -> Result<DraftDto, ErrorDto> {
    let id: Option<DraftId> = id.as_deref().map(read).transpose()?;
    let order = order.into();
    let draft = shell
        .office()
        .await?
        .save_draft(account.into(), id, &order)
        .await?;
    Ok(draft.into())
}

/// Throws a draft away; refused once it was sent.
#[tauri::command]
#[specta::specta]
pub(crate) async fn delete_draft(
    shell: State<'_, Shell>,
    account: AccountNumber,
    id: String,
) -> Result<(), ErrorDto> {
    let office = shell.office().await?;
    Ok(office.delete_draft(account.into(), read(&id)?).await?)
}

/// What stands in the way of an order, its sums, and what Klarna would be told. Asks nobody.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_order(
    _account: AccountNumber,
    order: DraftOrderDto,
) -> Result<DraftCheckDto, ErrorDto> {
    let order: DraftOrder = order.into();
    Ok((&order.check()).into())
}

/// Sends a draft as a person confirmed it: the one that was shown, by its digest. The window doesn't close while it is under way.
#[tauri::command]
#[specta::specta]
pub(crate) async fn create_payment(
    shell: State<'_, Shell>,
    account: AccountNumber,
    draft: String,
    digest: String,
    intent: String,
) -> Result<CreatedPaymentDto, ErrorDto> {
    let intent = IntentId::new(intent).map_err(|error| bad_input(error.to_string()))?;
    let id = read(&draft)?;
    let _under_way = shell.ordering()?;
    let office = shell.office().await?;
    let created = office
        .create_payment(account.into(), id, &digest, intent)
        .await;
    // Also where it ended badly: the draft is another one now.
    changed_in(&shell, account.into()).await;
    let created = created?;
    if created.amount.is_none() {
        // It is looked at again soon.
        shell.wake.notify_one();
    }
    Ok((&created).into())
}

/// Settles a draft whose outcome is unknown by what a person found.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resolve_draft(
    shell: State<'_, Shell>,
    account: AccountNumber,
    id: String,
    transaction_id: Option<String>,
    note: String,
) -> Result<DraftDto, ErrorDto> {
    shell.try_keychain_again();
    let found = transaction_id.as_deref().map(read).transpose()?;
    let office = shell.office().await?;
    let draft = office
        .resolve_draft(account.into(), read(&id)?, found, &note)
        .await?;
    changed_in(&shell, account.into()).await;
    Ok(draft.into())
}
