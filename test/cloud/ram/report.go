package ram

import (
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// credentialReport is the report as it was generated: it does not follow what happens after that.
// It is a CSV file, one row a user and the root account's first. Its columns are those of the
// console's download.
type credentialReport struct {
	at   time.Time
	rows [][]string // the first one are the names of the columns
}

// reportAge is how long a report stays before another one is made.
const reportAge = 4 * time.Hour

var imsReportActions = []action{
	{Name: "GenerateCredentialReport", Write: true, Do: generateReport, Params: ""},
	{Name: "GetCredentialReport", Do: getReport, Params: "MaxItems NextToken"},
	{Name: "GetAccountSecurityPracticeReport", Do: securityPracticeReport, Params: ""},
}

// generateReport makes a report at once, if the last one is older than four hours.
func generateReport(q *request) (any, error) {
	if r := q.c.report; r != nil && q.c.Clock().Sub(r.at) < reportAge {
		return map[string]any{"State": "COMPLETE"}, nil
	}
	q.c.report = q.c.newReport()
	return map[string]any{"State": "STARTED"}, nil
}

// keyColumns is how many keys of one owner the report has columns for: the two that RAM gives, and those of
// accounts that have had more since before there was a limit.
var keyColumns = []string{"access_key_1", "access_key_2", "additional_access_key_1", "additional_access_key_2", "additional_access_key_3"}

func (c *Service) newReport() *credentialReport {
	head := []string{
		"user", "user_creation_time", "user_last_logon", "password_exist", "password_active", "password_last_changed", "password_next_rotation", "mfa_active",
	}
	for _, key := range keyColumns {
		head = append(head, key+"_exist", key+"_active", key+"_last_rotated", key+"_last_used")
	}
	r := &credentialReport{at: c.Clock(), rows: [][]string{head}}
	// Of the account itself the report knows the keys and the device.
	root := []string{"<root>", kernel.Stamp(c.LongAgo()), "-", "TRUE", "N/A", "N/A", "N/A", upper(c.rootHasMFA())}
	r.rows = append(r.rows, append(root, c.keyCells(kernel.RootOwner)...))
	for _, u := range kernel.ByID(c.Users) {
		row := []string{c.principalName(u.Name), kernel.Stamp(u.Created), orDash(u.console.last)}
		if u.Console {
			next := "-"
			if days := c.Password.get(passwordSettings, "MaxPasswordAge").(int); days > 0 {
				next = kernel.Stamp(u.console.set.Add(time.Duration(days) * 24 * time.Hour))
			}
			row = append(row, "TRUE", upper(!u.Login.Inactive), orDash(u.console.set), next)
		} else {
			row = append(row, "FALSE", "N/A", "N/A", "N/A")
		}
		r.rows = append(r.rows, append(append(row, upper(c.deviceOf(u) != nil)), c.keyCells(u.ID)...))
	}
	return r
}

func upper(b bool) string { return strings.ToUpper(strconv.FormatBool(b)) }

func orDash(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return kernel.Stamp(t)
}

func (c *Service) keyCells(owner string) []string {
	keys := c.KeysOf(owner)
	var cells []string
	for i := range keyColumns {
		if i < len(keys) {
			cells = append(cells, "TRUE", upper(keys[i].Active), orDash(keys[i].Created), orDash(keys[i].LastUsed))
		} else {
			cells = append(cells, "FALSE", "-", "-", "-")
		}
	}
	return cells
}

// getReport is a page of the report, in each case with the names of the columns.
func getReport(q *request) (any, error) {
	r := q.c.report
	if r == nil {
		return nil, kernel.Refuse(404, "EntityNotExist", "There is no credential report: GenerateCredentialReport makes one.")
	}
	most := 3501
	if q.Has("MaxItems") {
		n, err := strconv.Atoi(q.Str("MaxItems"))
		if err != nil || n < 1 || n > 3501 {
			return nil, kernel.Refuse(400, "InvalidParameter", `The specified parameter "MaxItems" is not valid.`)
		}
		most = n
	}
	from := 0
	if q.Has("NextToken") {
		var err error
		if from, err = kernel.ReadToken(q.Str("NextToken"), q.Action.Name); err != nil {
			return nil, err
		}
	}
	rows := r.rows[1:]
	from = min(from, len(rows))
	to := min(from+most, len(rows))
	var text strings.Builder
	w := csv.NewWriter(&text)
	if err := w.Write(r.rows[0]); err != nil {
		return nil, fmt.Errorf("writing a credential report: %w", err)
	}
	if err := w.WriteAll(rows[from:to]); err != nil {
		return nil, fmt.Errorf("writing a credential report: %w", err)
	}
	answer := map[string]any{
		"Content": base64.StdEncoding.EncodeToString([]byte(text.String())), "GeneratedTime": kernel.Stamp(r.at),
		"IsTruncated": strconv.FormatBool(to < len(rows)), // a text, by the metadata
	}
	if to < len(rows) {
		answer["NextToken"] = kernel.MakeToken(to, q.Action.Name)
	}
	return answer, nil
}

// A key is old, and unused, after this long.
const oldKeyAge = 90 * 24 * time.Hour

// securityPracticeReport is computed from the state and never lags behind it,
// which the real one may.
// The score is made up.
func securityPracticeReport(q *request) (any, error) {
	now := q.c.Clock()
	count := func(owner string, is func(*kernel.SigningKey) bool) (n int) {
		for _, k := range q.c.KeysOf(owner) {
			if is(k) {
				n++
			}
		}
		return n
	}
	old := func(k *kernel.SigningKey) bool { return now.Sub(k.Created) > oldKeyAge }
	unused := func(k *kernel.SigningKey) bool { return now.Sub(k.LastUsed) > oldKeyAge && old(k) }
	usersWithOld, usersWithUnused, bound := 0, 0, 0
	for _, u := range q.c.Users {
		usersWithOld += min(1, count(u.ID, old))
		usersWithUnused += min(1, count(u.ID, unused))
		if q.c.deviceOf(u) != nil {
			bound++
		}
	}
	return map[string]any{"AccountSecurityPracticeInfo": map[string]any{
		"Score": 60,
		"AccountSecurityPracticeUserInfo": map[string]any{
			"RootWithAccessKey": len(q.c.KeysOf(kernel.RootOwner)), "BindMfa": q.c.rootHasMFA(),
			"OldAkNum": count(kernel.RootOwner, old), "UnusedAkNum": count(kernel.RootOwner, unused),
			"SubUser": len(q.c.Users), "SubUserBindMfa": bound, "SubUserPwdLevel": "mid",
			"SubUserWithOldAccessKey": usersWithOld, "SubUserWithUnusedAccessKey": usersWithUnused,
		},
	}}, nil
}
