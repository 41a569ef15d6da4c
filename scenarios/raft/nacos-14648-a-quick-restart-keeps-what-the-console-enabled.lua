-- nacos#14648: registered as disabled, enabled at the console, restarted and registered as disabled: within a minute the console's word stands.
return scenario {
  params = { gap = s(10) },
  topology = { nodes = 3 },
  must_see = { "client.closed", "raft.commit" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local process = w:client { name = "p1", server = a }
    process:register { service = "shop", enabled = false }
    wait(s(2))
    expect(w:override { service = "shop", ip = process.ip, enabled = true })
    process:close()
    wait(p.gap)
    process = w:client { name = "p2", server = a, ip = process.ip }
    process:register { service = "shop", enabled = false }
    wait(s(3))
    expect(a:instances("shop")[1].enabled == (p.gap < s(60)), "enabled after " .. p.gap)
  end,
}
