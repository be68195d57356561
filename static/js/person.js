// Whose page this is. Everything a page sends carries its person, so that nothing is saved in the session of somebody
// else who has signed in on the same browser meanwhile.

/** The person this page was made for; empty on pages for people who are not signed in. */
export const pagePerson = document.querySelector('meta[name="page-person"]')?.content ?? "";

function cookie(name) {
  return document.cookie.match(new RegExp(`(?:^|; )(?:__Host-)?${name}=([^;]*)`))?.[1] ?? "";
}

/** The protection token; the cookie's, because after signing in again the page's own has expired. */
export function csrf() {
  return cookie("csrf") || (document.querySelector('meta[name="csrf-token"]')?.content ?? "");
}

/** The headers of every request a script sends. */
export function headers(more = {}) {
  const person = pagePerson ? { "X-Page-Person": pagePerson } : {};
  return { Accept: "application/json, text/html", "X-CSRFToken": csrf(), ...person, ...more };
}

/** Send a body in the name of this page's person. */
export function post(url, body, more) {
  return fetch(url, { method: "POST", headers: headers(more), body });
}

/** Who is signed in instead of this page's person: "other", "nobody", or "" while the person still is. */
export function replacedBy() {
  const now = cookie("person");
  if (!pagePerson || now === pagePerson) return "";
  return now ? "other" : "nobody";
}
