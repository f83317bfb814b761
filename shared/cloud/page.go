package cloud

import (
	"context"
	"fmt"
	"strconv"
)

// Reader makes calls that change nothing.
type Reader interface {
	Read(ctx context.Context, call Call, out any) error
}

// Page is embedded in the answer of an action that pages by token.
type Page struct{ NextToken string }

func (p Page) next() (param, value string) { return "NextToken", p.NextToken }

// Marked is embedded in the answer of an action that pages by marker, as RAM's and IMS's do.
type Marked struct {
	IsTruncated bool
	Marker      string
}

func (p Marked) next() (param, value string) {
	if !p.IsTruncated {
		return "Marker", ""
	}
	return "Marker", p.Marker
}

// broken tells whether there is more, and the answer does not say where.
func (p Marked) broken() bool { return p.IsTruncated && p.Marker == "" }

// maxPages ends a paging that the API would never end.
const maxPages = 10_000

// ReadAll makes call once a page and hands each answer to each, until the last.
func ReadAll[P interface{ next() (param, value string) }](ctx context.Context, r Reader, call Call, each func(P)) error {
	return ReadUntil(ctx, r, call, func(page P) bool { each(page); return false })
}

// ReadUntil is ReadAll that ends early, as soon as done returns true.
func ReadUntil[P interface{ next() (param, value string) }](ctx context.Context, r Reader, call Call, done func(P) bool) error {
	for range maxPages {
		var page P
		if err := r.Read(ctx, call, &page); err != nil {
			return err
		}
		param, value := page.next()
		if done(page) {
			return nil
		}
		if p, marked := any(page).(interface{ broken() bool }); marked && p.broken() {
			return &Error{Action: call.RAM(), Code: "Paging", Message: "the answer is not all, and does not say how to read the rest"}
		}
		switch value {
		case "":
			return nil
		case call.Params[param]:
			return &Error{Action: call.RAM(), Code: "Paging", Message: "the answer names the same page again"}
		}
		call = call.With(param, value)
	}
	return &Error{Action: call.RAM(), Code: "Paging", Message: "the answer has more than 10,000 pages"}
}

// numberedSize is the page size that every action that pages by number takes.
const numberedSize = 50

// ReadNumbered reads every page of an action that pages by number, as VPC's do. They
// write their totals as text in some answers, so a page that is not full is the last.
// An answer without a list is an error: it is not an empty one.
func ReadNumbered[P interface{ Items() []T }, T any](ctx context.Context, r Reader, call Call) ([]T, error) {
	return ReadNumberedBy[P](ctx, r, call, "PageNumber")
}

// ReadNumberedBy is ReadNumbered where the parameter for the number is called otherwise.
func ReadNumberedBy[P interface{ Items() []T }, T any](ctx context.Context, r Reader, call Call, param string) ([]T, error) {
	return ReadNumberedAs[P](ctx, r, call, param, "PageSize")
}

// ReadNumberedAs is ReadNumbered where the parameter for the size is called otherwise as well.
func ReadNumberedAs[P interface{ Items() []T }, T any](ctx context.Context, r Reader, call Call, param, size string) ([]T, error) {
	call = call.With(size, strconv.Itoa(numberedSize))
	var all []T
	for number := 1; number <= maxPages; number++ {
		var page P
		if err := r.Read(ctx, call.With(param, strconv.Itoa(number)), &page); err != nil {
			return nil, err
		}
		items := page.Items()
		if items == nil {
			return nil, fmt.Errorf("%s: the answer has no list", call.RAM())
		}
		if all = append(all, items...); len(items) < numberedSize {
			return all, nil
		}
	}
	return nil, &Error{Action: call.RAM(), Code: "Paging", Message: "the answer has more than 10,000 pages"}
}

// ReadItems reads an action that pages by token, page by page, until done returns true; it
// is told whether there is a further page. An answer without a list is an error: it is not
// an empty one.
func ReadItems[P interface {
	next() (param, value string)
	Items() []T
}, T any](ctx context.Context, r Reader, call Call, done func(page []T, more bool) bool) error {
	listed := true
	err := ReadUntil(ctx, r, call, func(p P) bool {
		items := p.Items()
		listed = items != nil
		_, value := p.next()
		return !listed || done(items, value != "")
	})
	if err == nil && !listed {
		err = fmt.Errorf("%s: the answer has no list", call.RAM())
	}
	return err
}

// ReadList is ReadItems to the end.
func ReadList[P interface {
	next() (param, value string)
	Items() []T
}, T any](ctx context.Context, r Reader, call Call) (all []T, err error) {
	err = ReadItems[P](ctx, r, call, func(page []T, _ bool) bool { all = append(all, page...); return false })
	if err != nil {
		return nil, err // a part of a list is none
	}
	return all, nil
}
