-- API.md 4: every verb of a client, a fleet and an interception, with every field that the page names.
return scenario { topology = { nodes = 3 },
 story = function(w)
  local a,b,c = w:nodes()
  local k = w:client { name = "k", server = "n1", subscribe = { "sub" } }
  wait(s(2))
  expect(k:server() == a, "server handle")
  expect(k:register_batch { service = "bt", instances = { { ip = "1.1.1.1", port = 1 }, { ip = "1.1.1.2", port = 2 } } }, "batch")
  expect(k:register { service = "x", group = "G", namespace = "ns", ip = "9.9.9.9", port = 99, weight = 2.5, healthy = true, enabled = true, cluster = "C", metadata = { a = "b" } }, "full")
  local p = k:post "update" { service = "x", group = "G", namespace = "ns", weight = 3 }
  expect(p:done() == nil, "posted")
  local q = k:post "subscribe" "sub2"
  wait(s(3))
  expect(p:done() == true and q:done() == true, "done")
  local l = a:instances { service = "x", group = "G", namespace = "ns" }
  expect(#l == 1 and l[1].weight == 3 and l[1].cluster == "C" and l[1].metadata.a == "b" and l[1].ip == "9.9.9.9" and l[1].port == 99 and l[1].enabled and l[1].healthy and l[1].client, "listing")
  expect(#a:instances "bt" == 2 and a:instances "bt"[1].ip == "1.1.1.1", "batch listing")
  expect(b:knows { service = "bt", ip = "1.1.1.2", port = 2 }, "knows an instance")
  expect(b:knows { k, "k" }, "knows list")
  expect(w:truth "bt" and #w:truth "bt" == 2, "truth")
  local pd = k:post "deregister" { service = "bt" }
  wait(s(3)) expect(pd:done() == true and #w:truth "bt" == 0, "dereg")
  local cn = k:counters() expect(cn.requests and cn.failed and cn.beats and cn.beats_failed and cn.redos and cn.switches, "counters")
  k:pause(s(3)) wait(s(4))
  k:connect(b) wait(s(5)) expect(k:server() == b, "connected to b")
  expect(k:subscribe "sub", "subscribe") expect(#k:sees "sub" == 0, "sees")
  local i = w:intercept { from = k, op = "REGISTER", action = "drop" }
  local ok, why = k:register { service = "y" }
  expect(i:seen() == 1 and #i:times() == 1, "seen")
  i:stop()
  local f = w:fleet { name = "f", clients = 10, services = 3, over = s(1) }
  wait(s(3)) expect(w:all_know "f", "fleet by name")
  f:close(3) f:kill(2) wait(s(1))
  expect(w:truth "f.svc-1" ~= nil, "svc")
  local t = w:traffic { from = a, to = b, op = "VERIFY" }
  expect(t.messages and t.bytes and t.replies and t.reply_bytes and t.failed, "traffic")
  expect(t.bytes > kib(0), "bytes are sizes")
  local ct = a:counters(b) expect(ct.sync_sent and ct.sync_ok and ct.sync_failed and ct.retries and ct.verify_sent and ct.verify_ok and ct.verify_mismatch and ct.verify_failed and ct.repairs, "c")
  local cc = a:counters() expect(cc.applied and cc.leases_expired and cc.beats_late and cc.beats_expired and cc.clients_ejected and cc.forwarded and cc.forward_failed and cc.load_attempts and cc.loads, "cc")
  k:close() expect(not pcall(k.register, k, { service = "z" }), "after close an error")
 end }
