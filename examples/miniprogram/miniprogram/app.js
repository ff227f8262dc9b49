var config = require('./config.js')

App({
  onLaunch: function () {
    wx.cloud.init({ env: config.env })
  }
})
