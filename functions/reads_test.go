package functions_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What shared/resource reads, nobody else reads: the answer of an API is decoded in one
// place, with all of its pages.
func TestResourcesAreReadInOnePlace(t *testing.T) {
	reads := regexp.MustCompile(`cloud\.New\((?:"[a-z]+"|product), "((?:Describe|List|Get)\w+)"`)
	allowed := map[string]string{
		"shared/watch/reads.go":  "it compares what is deployed as a whole, and asks for what no practice judges",
		"shared/watch/trail.go":  "it reads how the trail delivers, with limits of its own, which no practice judges",
		"shared/watch/canary.go": "it reads with its own limits, and counts without reading",
	}
	where := map[string]string{}
	each := func(dir string, found func(file, action string)) {
		err := filepath.WalkDir(filepath.Join("..", dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range reads.FindAllSubmatch(text, -1) {
				found(filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator))), string(m[1]))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	each("shared/resource", func(file, action string) { where[action] = file })
	if len(where) < 15 {
		t.Fatalf("shared/resource reads %v", where)
	}
	for _, dir := range []string{"functions", "shared"} {
		each(dir, func(file, action string) {
			if at, ok := where[action]; ok && !strings.HasPrefix(file, "shared/resource/") && allowed[file] == "" {
				t.Errorf("%s reads %s by itself: %s has that", file, action, at)
			}
		})
	}
}
