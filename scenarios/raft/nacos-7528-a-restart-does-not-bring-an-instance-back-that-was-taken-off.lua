-- nacos#7528: taken off at the console, an instance stays off when its process is restarted within a minute; 1.x, which kept no overrides, brought it back.
return scenario {
  topology = { nodes = 3 },
  must_see = { "client.closed", "raft.commit" },
  story = function(w)
    local a, b = w:nodes()
    local process = w:client { name = "p1", server = a }
    local consumer = w:client { name = "consumer", server = b, subscribe = { "shop" } }
    process:register { service = "shop" }
    wait(s(2))
    expect(w:override { service = "shop", ip = process.ip, enabled = false })
    wait(s(2))
    expect(#consumer:sees "shop" == 0, "taken off")
    process:close()
    wait(s(20))
    process = w:client { name = "p2", server = a, ip = process.ip }
    process:register { service = "shop" }
    wait(minutes(5))
    expect(a:knows(process) and #consumer:sees "shop" == 0, "back without an operator")
    expect(w:override { service = "shop", ip = process.ip, enabled = true })
    wait(s(2))
    expect(#consumer:sees "shop" == 1, "back with one")
  end,
}
