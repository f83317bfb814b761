package resourcemanager

import (
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// folder is a folder of the directory, below the root folder or below another one.
type folder struct {
	kernel.Resource `yaml:",inline" dump:"no description, no region, no tags"`
	Parent          string `yaml:"parent,omitempty"` // default the root folder
}

// member is another account of the directory. Its name is its number.
// It has no keys and answers no calls.
type member struct {
	kernel.Resource `yaml:",inline" dump:"no description, no region, no tags"`
	DisplayName     string `yaml:"display-name,omitempty"` // default the number
	Folder          string `yaml:"folder,omitempty"`       // default the root folder
	Invited         bool   `yaml:"invited,omitempty"`      // and not made by the directory
}

// rootFolder is the folder that every directory has.
const rootFolder = "r-LoCa"

const (
	folderKind = "ACS::ResourceManager::Folder"
	memberKind = "ACS::ResourceManager::Account"
)

var (
	folderRows = kernel.Kind{Key: "folders", Prefix: "fd", Type: folderKind}
	memberRows = kernel.Kind{Key: "members", Type: memberKind}
)

// The root folder is not in the table: it is there with the directory.
func (f *folder) Defaults(*Service) {
	if f.Parent == "" {
		f.Parent = rootFolder
	}
}

// Check wants the folder above before those below it: so there are no rings.
func (f *folder) Check(s *Service) error {
	if !s.Directory {
		return fmt.Errorf("a folder, and directory is not set")
	}
	for _, above := range s.Folders {
		if above == f {
			break
		}
		if above.ID == f.Parent {
			return nil
		}
	}
	if f.Parent != rootFolder {
		return fmt.Errorf("no folder %q before this one", f.Parent)
	}
	return nil
}

func (m *member) Defaults(*Service) {
	if m.DisplayName == "" {
		m.DisplayName = m.Name
	}
	if m.Folder == "" {
		m.Folder = rootFolder
	}
}

func (m *member) Check(s *Service) error {
	switch {
	case !s.Directory:
		return fmt.Errorf("a member, and directory is not set")
	case len(m.Name) != 16 || strings.Trim(m.Name, "0123456789") != "" || m.Name == s.Account:
		return fmt.Errorf("the name of a member is a number of 16 digits, and not this account's: %q", m.Name)
	case !s.isFolder(m.Folder):
		return fmt.Errorf("no folder %q", m.Folder)
	}
	return nil
}

// The root folder is one, though it is in no table.
func (c *Service) isFolder(id string) bool { return id == rootFolder || kernel.Has(c.Folders, id) }

// What members are and where they belong; ResourceManager grants operations only.
var directoryActions = []action{
	{Name: "GetResourceDirectory", Do: getDirectory, Params: ""},
	{
		Name: "EnableResourceDirectory", Write: true, Do: enableDirectory,
		Params: "EnableMode!=CurrentAccount|NewManagementAccount MAName MASecureMobilePhone VerificationCode",
	},
	{Name: "ListAccounts", Do: listAccounts, Params: "IncludeTags:Boolean Tag:Array(Key Value)" + numberedPage},
	{Name: "ListAccountsForParent", Do: listAccountsBelow, Params: "ParentFolderId QueryKeyword IncludeTags:Boolean Tag:Array(Key Value)" + numberedPage},
	{Name: "GetAccount", Do: getAccount, Params: "AccountId! IncludeTags:Boolean"},
	{Name: "MoveAccount", Write: true, Do: moveAccount, Params: "AccountId! DestinationFolderId!"},
	{
		Name: "CreateResourceAccount", Write: true, Do: createAccount,
		Params: "DisplayName! ParentFolderId PayerAccountId AccountNamePrefix ResellAccountType Tag:Array(Key Value)",
	},
	{Name: "ListFoldersForParent", Do: listFolders, Params: "ParentFolderId QueryKeyword" + numberedPage},
	{Name: "GetFolder", Do: getFolder, Params: "FolderId!"},
	{Name: "CreateFolder", Write: true, Do: createFolder, Params: "FolderName! ParentFolderId"},
	{Name: "DeleteFolder", Write: true, Do: deleteFolder, Params: "FolderId!"},
}

// directoryID is the directory's, which is made up of the account.
func (c *Service) directoryID() string { return "rd-" + c.Account[len(c.Account)-6:] }

// inDirectory refuses where there is none. Only the action that asks for it has a code of its own.
func (q *request) inDirectory() error {
	if q.c.Directory {
		return nil
	}
	return kernel.Refuse(404, "EntityNotExists.ResourceDirectory", "The resource directory for the account is not enabled. We recommend that you first enable the resource directory for the account.")
}

func getDirectory(q *request) (any, error) {
	if !q.c.Directory {
		return nil, kernel.Refuse(404, "ResourceDirectoryNotInUse", "The resource directory for the account is not enabled.")
	}
	return map[string]any{"ResourceDirectory": map[string]any{
		"ResourceDirectoryId": q.c.directoryID(), "RootFolderId": rootFolder, "MasterAccountId": q.c.Account, "MasterAccountName": q.c.Account,
		"CreateTime": kernel.Stamp(q.c.LongAgo()), "ControlPolicyStatus": q.c.controlStatus(), "ScpStatus": q.c.controlStatus(),
		"MemberDeletionStatus": "Disabled", "IdentityInformation": "",
	}}, nil
}

// It cannot be switched off here.
func enableDirectory(q *request) (any, error) {
	switch {
	case q.c.Directory:
		return nil, kernel.Refuse(409, "EntityAlreadyExists.ResourceDirectory", "The resource directory for the account is already enabled.")
	case q.Str("EnableMode") != "CurrentAccount":
		return nil, kernel.Refuse(400, "InvalidParameter.EnableMode", "The local cloud makes no other account: EnableMode is CurrentAccount.")
	}
	q.c.Directory = true
	return getDirectory(q)
}

// An invited member is an account with a root of its own, and one that was made is not.
func (q *request) memberView(m *member) map[string]any {
	method := map[bool]string{true: "invited", false: "created"}[m.Invited]
	kind := map[bool]string{true: "CloudAccount", false: "ResourceAccount"}[m.Invited]
	return map[string]any{
		"AccountId": m.Name, "DisplayName": m.DisplayName, "FolderId": m.Folder, "ResourceDirectoryId": q.c.directoryID(), "Type": kind,
		"Status": map[bool]string{true: "InviteSuccess", false: "CreateSuccess"}[m.Invited], "JoinMethod": method, "JoinTime": kernel.Stamp(m.Created),
		"ModifyTime": kernel.Stamp(m.Created), "ResourceDirectoryPath": q.c.path(m.Folder) + "/" + m.Name,
	}
}

// path is where a folder is: "rd-000001/r-LoCa/fd-1".
func (c *Service) path(id string) string {
	if f, err := kernel.ByItsID(c.Folders, "folder", id); err == nil {
		return c.path(f.Parent) + "/" + id
	}
	return c.directoryID() + "/" + rootFolder
}

func (q *request) accounts(keep func(*member) bool) (any, error) {
	if err := q.inDirectory(); err != nil {
		return nil, err
	}
	var kept []*member
	for _, m := range q.c.Members {
		if keep(m) && m.HasTags(q.Request) {
			kept = append(kept, m)
		}
	}
	return kernel.Numbered(q.Request, kept, 10, "Accounts", "Account", q.memberView)
}

func listAccounts(q *request) (any, error) {
	return q.accounts(func(*member) bool { return true })
}

// Right below the folder, not further down.
func listAccountsBelow(q *request) (any, error) {
	return q.accounts(func(m *member) bool {
		return m.Folder == q.OrElse("ParentFolderId", rootFolder) && strings.Contains(m.DisplayName, q.Str("QueryKeyword"))
	})
}

// account finds the member of a call.
func (q *request) account() (*member, error) {
	if err := q.inDirectory(); err != nil {
		return nil, err
	}
	m, err := kernel.ByItsID(q.c.Members, "member", q.Str("AccountId"))
	if err != nil {
		return nil, kernel.Refuse(404, "EntityNotExists.Account", "The account does not exist: %s.", q.Str("AccountId"))
	}
	q.Touch(memberKind, m.ID)
	return m, nil
}

func getAccount(q *request) (any, error) {
	m, err := q.account()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Account": q.memberView(m)}, nil
}

func noFolder(id string) error {
	return kernel.Refuse(404, "EntityNotExists.Folder", "The folder does not exist: %s.", id)
}

// The control policies of the new place hold from then on, in the real service.
func moveAccount(q *request) (any, error) {
	m, err := q.account()
	switch {
	case err != nil:
		return nil, err
	case !q.c.isFolder(q.Str("DestinationFolderId")):
		return nil, noFolder(q.Str("DestinationFolderId"))
	}
	m.Folder = q.Str("DestinationFolderId")
	return kernel.Done()
}

// The number is made up, and so is the account.
func createAccount(q *request) (any, error) {
	if err := q.inDirectory(); err != nil {
		return nil, err
	}
	parent := q.OrElse("ParentFolderId", rootFolder)
	if !q.c.isFolder(parent) {
		return nil, noFolder(parent)
	}
	m := &member{Resource: q.NewResource("", "1"+q.c.Random.Text(15, kernel.Digits)), DisplayName: q.Str("DisplayName"), Folder: parent}
	m.ID = m.Name
	q.c.Members = append(q.c.Members, m)
	q.Touch(memberKind, m.ID)
	return map[string]any{"Account": q.memberView(m)}, nil
}

func (q *request) folderView(f *folder) map[string]any {
	return map[string]any{
		"FolderId": f.ID, "FolderName": f.Name, "ParentFolderId": f.Parent, "CreateTime": kernel.Stamp(f.Created), "ResourceDirectoryPath": q.c.path(f.ID),
	}
}

func listFolders(q *request) (any, error) {
	if err := q.inDirectory(); err != nil {
		return nil, err
	}
	var kept []*folder
	for _, f := range q.c.Folders {
		if f.Parent == q.OrElse("ParentFolderId", rootFolder) && strings.Contains(f.Name, q.Str("QueryKeyword")) {
			kept = append(kept, f)
		}
	}
	return kernel.Numbered(q.Request, kept, 10, "Folders", "Folder", q.folderView)
}

// folder finds the folder of a call; the root folder is one.
func (q *request) folder() (*folder, error) {
	if err := q.inDirectory(); err != nil {
		return nil, err
	}
	id := q.Str("FolderId")
	if id == rootFolder {
		return &folder{Resource: kernel.Resource{ID: rootFolder, Name: "Root", Created: q.c.LongAgo()}}, nil
	}
	f, err := kernel.ByItsID(q.c.Folders, "folder", id)
	if err != nil {
		return nil, noFolder(id)
	}
	q.Touch(folderKind, f.ID)
	return f, nil
}

// The root folder has no parent.
func getFolder(q *request) (any, error) {
	f, err := q.folder()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Folder": q.folderView(f)}, nil
}

// The depth of folders is not limited here.
func createFolder(q *request) (any, error) {
	if err := q.inDirectory(); err != nil {
		return nil, err
	}
	parent := q.OrElse("ParentFolderId", rootFolder)
	if !q.c.isFolder(parent) {
		return nil, noFolder(parent)
	}
	f := &folder{Resource: q.NewResource("fd", q.Str("FolderName")), Parent: parent}
	q.c.Folders = append(q.c.Folders, f)
	q.Touch(folderKind, f.ID)
	return map[string]any{"Folder": q.folderView(f)}, nil
}

// Members first, then folders below it.
func deleteFolder(q *request) (any, error) {
	f, err := q.folder()
	if err != nil {
		return nil, err
	}
	for _, m := range q.c.Members {
		if m.Folder == f.ID {
			return nil, kernel.Refuse(409, "DeleteConflict.Folder.Account", "This folder has accounts.")
		}
	}
	for _, below := range q.c.Folders {
		if below.Parent == f.ID {
			return nil, kernel.Refuse(409, "DeleteConflict.Folder.SubFolder", "This folder has sub folders.")
		}
	}
	if f.ID == rootFolder {
		return nil, kernel.Refuse(403, "NoPermission", "The root folder cannot be deleted.")
	}
	q.c.Folders = kernel.Without(q.c.Folders, f.ID)
	q.c.detachAll(f.ID)
	return kernel.Done()
}
