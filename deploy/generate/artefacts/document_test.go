package artefacts

import (
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/deploy/generate/catalogue"
	"github.com/ecsguard/ecsguard/functions"
)

func TestDocument(t *testing.T) {
	table := catalogue.Catalogue{
		{Title: "One", Guide: "一", Practices: []catalogue.Entry{
			{ID: "fix-it", Title: "x", Guide: "二", Severity: "low", Class: "fix"},
			{ID: "to-come", Title: "a|b", Guide: "二", Severity: "low", Class: "ask", CIS: []string{"1.2", "1.3"}},
		}},
		{Title: "All built", Guide: "四", Practices: []catalogue.Entry{{ID: "alert-only", Title: "x", Guide: "五", Severity: "low", Class: "alert"}}},
	}
	files := documents(fakes(), table)
	index, one := files["docs/practices.md"], files["docs/practices/one.md"]
	text := index + one + files["docs/practices/all-built.md"]
	for _, want := range []string{
		"3 things; 2 are built.", "| [One](practices/one.md) | 一 | 1 | 1 |", "](practices/all-built.md#alert-only)",
		"\n### fix-it\n", "\n### alert-only\n",
		"name the practice itself, because a disk goes.",
		"- Ecs `CreateDisk`\n", "- Cloud Config, a change of `ACS::SLB::LoadBalancer`", "- Cloud Config rule `root-ak-check`", "every 90 minutes",
		"`ecs:DetachDisk`", "| `ports` | `80`, `443` | one \\| two |", "| `except` | none | nothing |",
		"「一」, 「二」", "**The standard.** CIS Alibaba Cloud 1.2\n",
		"It only tells, in every mode.", "There is nothing to undo.",
		"| to-come | low | a\\|b | alerts, and proposes a change | 1.2, 1.3 | 二 |",
		"| old-one | the product is gone |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	for _, unwanted := range []string{"| fix-it | low", "<no value>"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("it says %q", unwanted)
		}
	}
	if strings.Contains(files["docs/practices/all-built.md"], "Planned") {
		t.Error("where all is built, something is planned")
	}
	if strings.Index(index, "[alert-only]") > strings.Index(index, "[fix-it]") {
		t.Error("the worst does not come first")
	}
}

// Nothing of a practice is left out of the docs.
func TestDocumentOfAll(t *testing.T) {
	text := documents(functions.All, nil)["docs/practices/beyond-the-guide.md"] // no table, no guide
	for _, p := range functions.All {
		_, section, _ := strings.Cut(text, "\n### "+p.ID+"\n")
		section, _, _ = strings.Cut(section, "\n### ")
		for _, action := range append(p.Reads, p.Writes...) {
			if !strings.Contains(section, "`"+action+"`") {
				t.Errorf("%s: its permission %s is not in the docs", p.ID, action)
			}
		}
		for _, param := range p.Params {
			if !strings.Contains(section, "`"+param.Name+"`") {
				t.Errorf("%s: its setting %s is not in the docs", p.ID, param.Name)
			}
		}
	}
}

// README's table is made anew between its two lines, and the rest of the file stays.
func TestReadme(t *testing.T) {
	table := catalogue.Catalogue{{Title: "One", Practices: []catalogue.Entry{{ID: "fix-it"}}}}
	text, err := Readme("above\n"+readmeBegin+"old\n"+readmeEnd+"below\n", fakes(), table)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"above\n" + readmeBegin, "| **One** | | |\n| [fix-it](docs/practices/one.md#fix-it) |", "| **Beyond the guide** |", "| alerts |", "fixes *", readmeEnd + "below\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "old\n") || strings.Contains(text, "old-one") {
		t.Errorf("what was there, or is retired, is still there:\n%s", text)
	}
	if again, err := Readme(text, fakes(), table); err != nil || again != text {
		t.Errorf("a second time is another: %v", err)
	}
	if _, err := Readme("nothing\n", fakes(), table); err == nil || !strings.Contains(err.Error(), "README.md lacks the line") {
		t.Errorf("without its lines: %v", err)
	}
}
