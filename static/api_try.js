/* The interactive description of the partners' API: Swagger UI, with each call signed here in the browser (RFC 9421). The key is
   imported as one that cannot be read out again, and goes nowhere. */
"use strict";

(() => {
  const panel = document.querySelector("[data-signing]");
  const [keyid, pem, use, said] = ["keyid", "pem", "use", "said"].map((name) => panel.querySelector(`[data-${name}]`));
  const { description, publicUrl } = panel.dataset;
  const made = ["ContentDigest", "SignatureInput", "Signature"].map((name) => `#/components/parameters/${name}`);
  const kinds = [
    { label: "Ed25519", oid: "06032b6570", key: { name: "Ed25519" }, sign: { name: "Ed25519" } },
    {
      label: "ECDSA P-256", oid: "06082a8648ce3d030107",
      key: { name: "ECDSA", namedCurve: "P-256" }, sign: { name: "ECDSA", hash: "SHA-256" },
    },
  ];
  let signer = null;

  const bytesOf = (text) => new TextEncoder().encode(text);
  const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  function tell(name, kind = "") {
    said.className = `notice notice-${name === "ready" ? "success" : "danger"}`;
    said.querySelector("p").textContent = said.dataset[name].replace("{keyid}", keyid.value.trim()).replace("{kind}", kind);
    said.hidden = false;
  }

  function der() {
    const lines = /-----BEGIN PRIVATE KEY-----([\s\S]+?)-----END PRIVATE KEY-----/.exec(pem.value);
    return Uint8Array.from(atob(lines[1].replace(/\s/g, "")), (letter) => letter.charCodeAt(0));
  }

  async function takeKey() {
    signer = null;
    if (!/^[a-zA-Z0-9._-]{1,64}$/.test(keyid.value.trim())) return tell("noKeyid");
    let bytes, kind;
    try {
      bytes = der();
      kind = kinds.find(({ oid }) => hex(bytes).includes(oid));
    } catch {
      kind = undefined;
    }
    if (!kind) return tell("unreadable");
    try {
      const key = await crypto.subtle.importKey("pkcs8", bytes, kind.key, false, ["sign"]);
      signer = { keyid: keyid.value.trim(), key, how: kind.sign };
    } catch {
      return tell("unsupported", kind.label);
    }
    pem.value = "";
    return tell("ready", kind.label);
  }

  async function signed(request) {
    if (request.loadSpec) return request;
    if (!signer) {
      tell("missing");
      return request;
    }
    const { pathname, search } = new URL(request.url);
    const digest = base64(await crypto.subtle.digest("SHA-256", bytesOf(request.body ?? "")));
    const nonce = hex(crypto.getRandomValues(new Uint8Array(16)));
    const created = Math.floor(Date.now() / 1000);
    const parameters =
      `("@method" "@target-uri" "content-digest");created=${created};keyid="${signer.keyid}";nonce="${nonce}"`;
    const base = [
      `"@method": ${request.method.toUpperCase()}`,
      `"@target-uri": ${publicUrl}${pathname}${search}`,
      `"content-digest": sha-256=:${digest}:`,
      `"@signature-params": ${parameters}`,
    ].join("\n");
    const signature = base64(await crypto.subtle.sign(signer.how, signer.key, bytesOf(base)));
    Object.assign(request.headers, {
      "Content-Digest": `sha-256=:${digest}:`,
      "Signature-Input": `sig1=${parameters}`,
      Signature: `sig1=:${signature}:`,
    });
    if (request.method.toUpperCase() !== "GET") request.headers["Idempotency-Key"] ||= crypto.randomUUID();
    return request;
  }

  /* Without what is made when a call is sent; a new Idempotency-Key is made, too, unless one is typed. */
  function toBeTried(told) {
    const key = told.components.parameters.IdempotencyKey;
    key.required = false;
    delete key.example;
    delete told.components.parameters.CorrelationId.example;
    delete told.components.securitySchemes;
    for (const operation of Object.values(told.paths).flatMap(Object.values)) {
      delete operation.security;
      operation.parameters = operation.parameters.filter(({ $ref }) => !made.includes($ref));
    }
    told.servers = [{ url: location.origin }];
    return told;
  }

  use.addEventListener("click", takeKey);
  panel.hidden = false;
  fetch(description)
    .then((answer) => answer.json())
    .then((told) =>
      SwaggerUIBundle({
        spec: toBeTried(told),
        domNode: document.getElementById("swagger-ui"),
        requestInterceptor: signed,
        tryItOutEnabled: true,
        validatorUrl: null,
        defaultModelsExpandDepth: -1,
      })
    );
})();
