"""The flows of the migrations panel: each a dialog or page of its own, opened by the panel and closed by itself.

How the panel opens them, so that both sides agree. Dialogs are `QDialog`s with WA_DeleteOnClose, opened with `open()`;
what they change travels by `Effects`, so that the panel reads again by itself.

    resolve_page.ResolvePage(context, workspace, revision: str, parent)     a QWidget; signal `left`: back to the panel
    deploy_dialog.DeployDialog(context, workspace, parent, *, target: str = "heads")
    create_dialog.CreateDialog(context, workspace, parent, *, empty: bool = False)
    check_dialog.CheckDialog(context, workspace, parent)
    test_dialog.TestDialog(context, workspace, parent, *, target: str = "heads")
    push_dialog.PushDialog(context, workspace, parent)
    downgrade_dialog.DowngradeDialog(context, workspace, status: MigrationStatus, parent, *, target: str = "")
    stamp_dialog.StampDialog(context, workspace, status: MigrationStatus, parent, *, revision: str = "")
    merge_dialog.MergeDialog(context, workspace, status: MigrationStatus, parent)
    pull_dialog.PullDialog(context, workspace, parent)

Some lead on to another flow. They close first, then emit what the panel opens next: `resolve_asked(revision)` and
`stamp_asked`, `merge_asked` (DeployDialog, DowngradeDialog), `create_asked` (CheckDialog), `apply_asked(path)`
(CreateDialog: deploy now).
"""
