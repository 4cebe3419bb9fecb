// The same loop in Go, with what Debian packages: net/http, encoding/json, mattn's sqlite3.
//
//	loop URL DATABASE COLUMNS
//
// The yardstick "Go program" of docs/performance.md.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

const (
	pageRows       = 1000
	realm          = "1234567_SB1"
	consumerKey    = "made-up-consumer-key"
	consumerSecret = "made-up-consumer-secret"
	token          = "made-up-token"
	tokenSecret    = "made-up-token-secret"
)

type column struct{ name, kind string }

type page struct {
	HasMore bool                     `json:"hasMore"`
	Items   []map[string]interface{} `json:"items"`
}

func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

func authorization(address string) string {
	nonce := make([]byte, 12)
	if _, err := rand.Read(nonce); err != nil {
		log.Fatal(err)
	}
	once, now := hex.EncodeToString(nonce), strconv.FormatInt(time.Now().Unix(), 10)
	parameters := fmt.Sprintf("limit=%d&oauth_consumer_key=%s&oauth_nonce=%s&oauth_signature_method=HMAC-SHA256"+
		"&oauth_timestamp=%s&oauth_token=%s&oauth_version=1.0", pageRows, consumerKey, once, now, token)
	mac := hmac.New(sha256.New, []byte(consumerSecret+"&"+tokenSecret))
	mac.Write([]byte("POST&" + escape(address) + "&" + escape(parameters)))
	return fmt.Sprintf(`OAuth realm="%s",oauth_consumer_key="%s",oauth_token="%s",oauth_signature_method="HMAC-SHA256",`+
		`oauth_timestamp="%s",oauth_nonce="%s",oauth_version="1.0",oauth_signature="%s"`,
		realm, consumerKey, token, now, once, escape(base64.StdEncoding.EncodeToString(mac.Sum(nil))))
}

func fetch(base, query string) (*page, error) {
	address := base + "/services/rest/query/v1/suiteql"
	body, err := json.Marshal(map[string]string{"q": query})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest("POST", fmt.Sprintf("%s?limit=%d", address, pageRows), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", authorization(address))
	request.Header.Set("Prefer", "transient")
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request) // asks for gzip and unpacks it
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	whole, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != 200 {
		return nil, fmt.Errorf("%s: %s", answer.Status, whole)
	}
	var out page
	return &out, json.Unmarshal(whole, &out)
}

func convert(kind string, value interface{}) (interface{}, error) {
	text, isText := value.(string)
	if !isText || kind == "text" || kind == "datetime" {
		return value, nil
	}
	if kind == "boolean" {
		return text == "T", nil
	}
	return strconv.ParseInt(text, 10, 64)
}

func run(base, path, described string) error {
	var columns []column
	var names, declared, places, assigned, selected []string
	for _, one := range strings.Split(described, ",") {
		parts := strings.SplitN(one, ":", 2)
		name, kind := parts[0], parts[1]
		columns = append(columns, column{name, kind})
		names, places = append(names, name), append(places, "?")
		assigned = append(assigned, fmt.Sprintf("%s = excluded.%s", name, name))
		storage, expression := "TEXT", "t."+name
		if kind == "integer" || kind == "boolean" {
			storage = "INTEGER"
		}
		if kind == "datetime" {
			expression = fmt.Sprintf(`TO_CHAR(SYS_EXTRACT_UTC(t.%s),'YYYY-MM-DD"T"HH24:MI:SS"Z"')`, name)
		}
		declared, selected = append(declared, name+" "+storage), append(selected, expression+" AS "+name)
	}
	db, err := sql.Open("sqlite3", path+"?_journal_mode=WAL&_synchronous=NORMAL")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err = db.Exec(fmt.Sprintf("CREATE TABLE customer (%s, PRIMARY KEY (%s))", strings.Join(declared, ", "), names[0])); err != nil {
		return err
	}
	upsert, err := db.Prepare(fmt.Sprintf("INSERT INTO customer (%s) VALUES (%s) ON CONFLICT (%s) DO UPDATE SET %s",
		strings.Join(names, ", "), strings.Join(places, ", "), names[0], strings.Join(assigned[1:], ", ")))
	if err != nil {
		return err
	}
	where, records := "", 0
	for {
		answer, err := fetch(base, fmt.Sprintf("SELECT %s FROM customer t%s ORDER BY t.id ASC", strings.Join(selected, ", "), where))
		if err != nil {
			return err
		}
		transaction, err := db.Begin()
		if err != nil {
			return err
		}
		insert := transaction.Stmt(upsert)
		row := make([]interface{}, len(columns))
		for _, item := range answer.Items {
			for i, x := range columns {
				if row[i], err = convert(x.kind, item[x.name]); err != nil {
					return err
				}
			}
			if _, err = insert.Exec(row...); err != nil {
				return err
			}
			records++
		}
		if err = transaction.Commit(); err != nil {
			return err
		}
		if !answer.HasMore {
			break
		}
		where = fmt.Sprintf(" WHERE t.id > %v", row[0])
	}
	fmt.Printf("{\"records\": %d}\n", records)
	return nil
}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}
