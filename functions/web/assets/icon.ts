// The shop's mark in a browser's tab.

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#17352f"/><path d="M23 11a8.5 8.5 0 1 0 1.5 7H17" fill="none" stroke="#f6efe2" stroke-width="2.6" stroke-linecap="round"/><circle cx="23" cy="10.5" r="2" fill="#e0693f"/></svg>
`
