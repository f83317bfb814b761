package cloud

import "context"

// Reader makes calls that change nothing.
type Reader interface {
	Read(ctx context.Context, call Call, out any) error
}

// Page is embedded in the answer of an action that pages by token.
type Page struct{ NextToken string }

func (p Page) next() string { return p.NextToken }

// maxPages ends a paging that the API would never end.
const maxPages = 10_000

// ReadAll makes call once a page and hands each answer to each, until the last.
func ReadAll[P interface{ next() string }](ctx context.Context, r Reader, call Call, each func(P)) error {
	for range maxPages {
		var page P
		if err := r.Read(ctx, call, &page); err != nil {
			return err
		}
		each(page)
		if page.next() == "" {
			return nil
		}
		call = call.With("NextToken", page.next())
	}
	return &Error{Action: call.RAM(), Code: "Paging", Message: "the answer has more than 10,000 pages"}
}
