package kernel

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// TokenPage cuts the page that NextToken and MaxResults ask for out of all.
// next is empty on the last page.
// A token stays good after the list has changed: it is a place, and not a picture of the list, as
// with most real services. size is for calls without MaxResults.
func TokenPage[T any](q *Request, all []T, size int) (page []T, next string, err error) {
	from := 0
	if token := q.Str("NextToken"); token != "" {
		if from, err = ReadToken(token, q.Action.Name); err != nil {
			return nil, "", err
		}
	}
	size = q.Num("MaxResults", size)
	from = min(from, len(all))
	to := from + max(0, min(size, len(all)-from))
	if to < len(all) {
		next = MakeToken(to, q.Action.Name)
	}
	return all[from:to], next, nil
}

// A page of a list that has become shorter is empty.
// The token names its action, so that one of another action is refused.
func MakeToken(from int, action string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s:%d", action, from))
}

func ReadToken(token, action string) (int, error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	name, at, ok := strings.Cut(string(b), ":")
	n, numErr := strconv.Atoi(at)
	if err != nil || numErr != nil || n < 0 || !ok || name != action {
		return 0, Refuse(400, "InvalidParameter.NextToken", "The specified parameter NextToken is not valid.")
	}
	return n, nil
}

// AnyPage serves actions that page both ways: by token, or by page number.
func AnyPage[T any](q *Request, all []T, size int) (page []T, answer map[string]any, err error) {
	if q.Has("MaxResults") || q.Has("NextToken") {
		page, next, err := TokenPage(q, all, size)
		return page, map[string]any{"NextToken": next, "TotalCount": len(all)}, err
	}
	number := q.Num("PageNumber", 1)
	size = q.Num("PageSize", size)
	from, to := PageOf(number, size, len(all))
	return all[from:to], map[string]any{
		"PageNumber": number, "PageSize": size, "TotalCount": len(all), "NextToken": "",
	}, nil
}

// PageOf is where a page of a list begins and ends, whatever numbers are asked for.
func PageOf(number, size, all int) (from, to int) {
	size = max(0, min(size, all))
	if number < 1 || size == 0 || number-1 > all/size {
		return all, all
	}
	from = min((number-1)*size, all)
	return from, min(from+size, all)
}

// onceState remembers the answers to calls with a ClientToken, so that a call
// repeated after a lost answer does not do its work twice.
// Answers are kept for as long as the cloud lives; the real service forgets them after a time.
// Refused calls are not remembered, so that they can be made again.
type onceState map[string]onceAnswer

type onceAnswer struct {
	params    string
	result    any
	resources []touched
}

// once runs a call, or gives the answer of the same call made before. mu is
// held.
func (c *Cloud) once(q *Request, do func(*Request) (any, error)) (any, error) {
	if !q.Has("ClientToken") || FindParam(q.Action.Spec, "ClientToken") == nil {
		return do(q)
	}
	// Tokens are the account's, for each action.
	key := q.Who.Account + "/" + q.ramAction() + "/" + q.Str("ClientToken")
	params := fmt.Sprint(q.Params) // maps print with their keys sorted
	if before, ok := c.answered[key]; ok {
		if before.params != params {
			return nil, Refuse(400, "IdempotentParameterMismatch",
				"Request uses a client token in a previous request but is not identical to that request.")
		}
		q.resources = before.resources
		return before.result, nil
	}
	result, err := do(q)
	if err == nil {
		if c.answered == nil {
			c.answered = onceState{}
		}
		c.answered[key] = onceAnswer{params, result, q.resources}
	}
	return result, err
}

// Stamp is a time as the APIs write it.
// Empty for the zero time: the API has empty text where something has not happened.
func Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// NamedPage is a page of a list, in the form of this product.
// It is for the newer products: a plain list, MaxResults and NextToken beside it.
func NamedPage(q *Request, name string, views []any) (any, error) {
	page, next, err := TokenPage(q, views, 20)
	return map[string]any{name: page, "NextToken": next, "MaxResults": q.Num("MaxResults", 20), "TotalCount": len(views)}, err
}
