-- nacos#1814: taken off at the console, an instance lost its network for a minute and was on again; in 2.x what the operator set outlives an outage of a minute, and not one that lasts past the end of its lease and a minute more.
return scenario {
  topology = { nodes = 3 },
  must_see = { "raft.commit" },
  story = function(w)
    local a, b = w:nodes()
    local process = w:client { name = "process", server = a }
    local consumer = w:client { name = "consumer", server = b, subscribe = { "shop" } }
    process:register { service = "shop" }
    wait(s(2))
    expect(w:override { service = "shop", ip = process.ip, enabled = false })
    wait(s(2))
    expect(#consumer:sees "shop" == 0, "taken off")
    step "out of reach for a minute"
    process:pause(minutes(1))
    wait(minutes(3))
    expect(w:all_know(process), "it has registered again")
    expect(#consumer:sees "shop" == 0, "it is off as it was")
    step "out of reach for three minutes"
    process:pause(minutes(3))
    wait(minutes(2))
    expect(w:none_knows(process), "its lease has ended")
    wait(minutes(3))
    expect(w:all_know(process), "it has registered again")
    expect(#consumer:sees "shop" == 1, "it is on again, and no operator said so")
  end,
}
