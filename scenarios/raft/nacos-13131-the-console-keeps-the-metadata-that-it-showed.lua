-- nacos#13131: off and on at the console sends the whole instance, metadata included; what the service says of itself after a restart is hidden by it.
return scenario {
  topology = { nodes = 3 },
  must_see = { "client.closed", "raft.commit" },
  story = function(w)
    local a = w:nodes()
    local process = w:client { name = "p1", server = a }
    process:register { service = "shop", metadata = { version = "1" } }
    wait(s(2))
    local shown = a:instances("shop")[1].metadata
    expect(w:override { service = "shop", ip = process.ip, enabled = false, metadata = shown })
    expect(w:override { service = "shop", ip = process.ip, enabled = true, metadata = shown })
    process:close()
    wait(s(20))
    process = w:client { name = "p2", server = a, ip = process.ip }
    process:register { service = "shop", metadata = { version = "2" } }
    wait(s(3))
    expect(a:instances("shop")[1].metadata.version == "1", "the new version is shown")
    step "metadata emptied at the console: the thread's way out"
    expect(w:override { service = "shop", ip = process.ip, metadata = {} })
    wait(s(2))
    expect(a:instances("shop")[1].metadata.version == "2", "the new version is still hidden")
  end,
}
