-- In 1.x services that change together leave together, and a batch that is full leaves at once.
-- nacos.naming.distro.batchSyncKeyCount services for one peer end the second stage (DistroHttpCombinedKeyDelayTask#
-- merge). The dispatch period is long here, so that the second stage, 10 s, cannot be overlooked.
local bounds = require "bounds"
local v1 = require "v1"

return scenario {
  params   = { full = 10 },
  topology = function(p)
    return v1.topology(2, { settings = { ["nacos.naming.distro.taskDispatchPeriod"] = s(20),
                                        ["nacos.naming.distro.batchSyncKeyCount"] = p.full } })
  end,
  must_see = { "sync.sent", "sync.applied" },

  story = function(w, p)
    local a, b = w:nodes()
    w:intercept { op = "CHECKSUM", nth = "all", action = "drop" }
    local pushes = w:intercept { from = a, op = "DATUM", nth = "all", action = "observe" }
    wait(between(s(0), s(2)))
    step "one service less than a batch holds, then one more"
    local shops, count = {}, 0
    for i = 1, 999 do
      local name = "shop-" .. i
      if a:owns("DEFAULT_GROUP@@" .. name) and count < p.full then
        count = count + 1
        shops[count] = w:client { name = "client-" .. count, server = a }
        if count < p.full then shops[count]:post("register", { service = name }) end
        if count == p.full then w:node("n1") shops.last = name end
      end
    end
    wait(s(15))
    expect(pushes:seen() == 0, "a batch that is not full did not wait")
    eventually(s(5) + ms(400), function() return pushes:seen() == 1 end, "it leaves as one after both stages")

    step "all of them change, and fill a batch"
    shops[p.full]:post("register", { service = shops.last })
    for i = 1, p.full - 1 do shops[i]:post("update", { weight = 2 }) end
    eventually(s(10) + ms(400), function() return pushes:seen() == 2 end, "a full one leaves after the first stage")
  end,
}
