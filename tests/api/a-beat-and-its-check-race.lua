-- API.md 9, Timers: 300 1.x clients fall silent at any time after twenty seconds. Which of its owner's checks is the first
-- to find a beat late differs: real servers noticed 2 of 30 a period early, and deleted 5 of 30 a period early. The
-- bounds are the 95 % intervals of these shares.
return scenario {
  topology = { nodes = 2, lan = { rtt = us(300) } },
  story = function(w)
    local a = w:nodes()
    local silent, unhealthy, gone = 0, 0, 0
    local function entry(k)
      for _, instance in ipairs(a:stored "svc") do
        if instance.port == k.port then return instance end
      end
    end
    for i = 1, 300 do
      spawn(function()
        local k = { port = 8000 + i }
        k.client = w:client { name = "k" .. i, kind = "nacos-client-1", server = a, ip = "10.1.1.1", port = k.port }
        expect(k.client:register { service = "svc" }, "refused")
        wait(s(20) + between(s(0), s(15)))
        local beats = w:intercept { from = k.client, op = "BEAT", nth = "all", action = "observe" }
        wait(s(5.02))
        k.client:kill()
        local times = beats:times()
        wait(times[#times] + s(18) - now())
        local listed = entry(k)
        if listed and not listed.healthy then unhealthy = unhealthy + 1 end
        wait(s(15))
        if not entry(k) then gone = gone + 1 end
        silent = silent + 1
      end)
    end
    wait(s(90))
    expect(silent == 300, "only " .. silent .. " fell silent")
    measure("unhealthy a period early", unhealthy)
    measure("gone a period early", gone)
    expect(unhealthy >= 3 and unhealthy <= 66, "noticed a period early: " .. unhealthy .. " of 300")
    expect(gone >= 17 and gone <= 104, "deleted a period early: " .. gone .. " of 300")
  end,
}
